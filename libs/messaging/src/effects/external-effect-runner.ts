import type { IncomingRecord } from '@sluice/kafka';
import type { ReceivedEvent } from '../contract/contract.ts';
import { causedBy } from '../outbox/causes.ts';
import { bisect, judge, type Failure, type Outcome } from '../processing/bisect.ts';
import { classify } from '../processing/classify.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectParts, EffectRunner } from '../processing/effect-runner.ts';
import type { Deferral } from '../retry/deferral.ts';
import type { Transaction } from '../transaction.ts';
import { PartlyDone, type ExternalEffect } from './external-effect.ts';

interface Begun {
  fresh: readonly Delivery[];
  effect: ExternalEffect;
  claimed: unknown;
}

interface Performed {
  done: unknown;
  failures: readonly Failure<Delivery>[];
  /** Why the rest has to be run again. */
  incomplete?: { cause: unknown };
}

/**
 * Claims in one transaction, acts outside any, completes together with the inbox in another. An event that the effect
 * reports as failed is rejected or deferred alone, and never performed again with the others. What fails otherwise is
 * `stuck`: it may concern the whole batch. See docs/adr/0005 and 0013.
 */
export class ExternalEffectRunner implements EffectRunner {
  /** Found invalid in a batch that has to run again: the other side must not see them twice. */
  readonly #rejected = new WeakMap<IncomingRecord, unknown>();

  constructor(
    private readonly parts: EffectParts,
    private readonly deferral: Deferral,
    private readonly handler: (events: ReceivedEvent[]) => Promise<ExternalEffect>,
  ) {}

  async run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>> {
    const { faults } = this.parts;
    const before = faults.effects;
    const rejected: Failure<Delivery>[] = [];
    const outcome = await bisect(deliveries, async (part) => void rejected.push(...(await this.attempt(part))));
    rejected.push(...outcome.rejected);
    if (!outcome.stuck) return { rejected };
    const { item, error } = outcome.stuck;
    return { ...judge(item, faults.judge(item.record, error, before)), rejected };
  }

  async attempt(deliveries: readonly Delivery[]): Promise<Failure<Delivery>[]> {
    const before = deliveries.filter(({ record }) => this.#rejected.has(record));
    const rejected = before.map((item) => ({ item, error: this.#rejected.get(item.record) }));
    const rest = deliveries.filter((delivery) => !before.includes(delivery));
    const begun = await this.#begin(rest, (tx, fresh) => this.deferral.deferBlocked(tx, fresh));
    if (!begun) return rejected;
    const { done, failures, incomplete } = await this.#perform(begun);
    const { invalid = [], later = [] } = Object.groupBy(failures, ({ error }) =>
      classify(error) === 'invalid' ? 'invalid' : 'later',
    );
    for (const { item, error } of invalid) this.#rejected.set(item.record, error);
    await this.parts.transactions.run(async (tx) => {
      await this.#complete(tx, begun, done, incomplete ? begun.fresh : failures.map(({ item }) => item));
      for (const { item, error } of later) await this.deferral.defer(tx, item, error);
    });
    if (incomplete) throw incomplete.cause;
    this.parts.faults.tookEffect();
    return [...rejected, ...invalid];
  }

  /** For a deferred event. `take` removes its row, in the transaction that completes the effect. */
  async retry(delivery: Delivery, take: (tx: Transaction) => Promise<boolean>): Promise<boolean> {
    const { faults } = this.parts;
    const before = faults.effects;
    try {
      return await this.#retry(delivery, take);
    } catch (error) {
      throw faults.judge(delivery.record, error, before);
    }
  }

  /** Nothing but the dead letter is needed: what follows an external effect does not wait for it. */
  async giveUp(): Promise<void> {}

  async #retry(delivery: Delivery, take: (tx: Transaction) => Promise<boolean>): Promise<boolean> {
    const begun = await this.#begin([delivery], async (_, fresh) => fresh);
    if (!begun) return this.parts.transactions.run(take);
    const { done, failures, incomplete } = await this.#perform(begun);
    const hasFailed = incomplete !== undefined || failures.length > 0;
    const isTaken = await this.parts.transactions.run(async (tx) => {
      await this.#complete(tx, begun, done, hasFailed ? begun.fresh : []);
      return !hasFailed && take(tx);
    });
    if (incomplete) throw incomplete.cause;
    if (failures[0]) throw failures[0].error;
    this.parts.faults.tookEffect();
    return isTaken;
  }

  /** Undefined when nothing is left to do of what the inbox doesn't know. */
  #begin(
    deliveries: readonly Delivery[],
    unblocked: (tx: Transaction, fresh: readonly Delivery[]) => Promise<readonly Delivery[]>,
  ): Promise<Begun | undefined> {
    const { inbox, group, transactions } = this.parts;
    const byId = new Map(deliveries.map((delivery) => [delivery.event.id, delivery]));
    return transactions.run(async (tx) => {
      const known = await inbox.known(tx, group, [...byId.keys()]);
      const unknown = [...byId.values()].filter(({ event }) => !known.has(event.id));
      const fresh = await unblocked(tx, unknown);
      if (fresh.length === 0) return undefined;
      const events = fresh.map(({ event }) => event);
      const effect = await this.handler(events);
      causedBy(tx, events);
      return { fresh, effect, claimed: await effect.claim(tx) };
    });
  }

  async #perform({ fresh, effect, claimed }: Begun): Promise<Performed> {
    const failuresOf = (done: unknown): Failure<Delivery>[] => {
      const errors = new Map(effect.failed?.(done).map(({ event, error }) => [event.id, error]));
      return fresh.flatMap((item) => (errors.has(item.event.id) ? [{ item, error: errors.get(item.event.id) }] : []));
    };
    try {
      const done = await effect.perform(claimed);
      return { done, failures: failuresOf(done) };
    } catch (error) {
      if (!(error instanceof PartlyDone)) throw error;
      return { done: error.done, failures: failuresOf(error.done), incomplete: { cause: error.cause } };
    }
  }

  /** All but the `open` deliveries took effect: the inbox has them from now on. */
  async #complete(tx: Transaction, { fresh, effect }: Begun, done: unknown, open: readonly Delivery[]): Promise<void> {
    const { inbox, group } = this.parts;
    const events = fresh.map(({ event }) => event);
    causedBy(tx, events);
    await effect.complete(tx, done);
    const ids = fresh.filter((delivery) => !open.includes(delivery)).map(({ event }) => event.id);
    if (ids.length > 0) await inbox.recordNew(tx, group, ids);
  }
}
