import type { IncomingRecord } from '@sluice/kafka';
import type { ReceivedEvent } from '../contract/contract.ts';
import { causedBy } from '../outbox/causes.ts';
import { bisect, judge, type Failure, type Outcome } from '../processing/bisect.ts';
import { classify } from '../processing/classify.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectParts, EffectRunner } from '../processing/effect-runner.ts';
import { onBehalfOfEvents } from '../processing/trace.ts';
import type { Deferral } from '../retry/deferral.ts';
import type { Transaction } from '../transaction.ts';
import { PartlyDone, type ExternalEffect } from './external-effect.ts';

/** What belongs into the transaction that completes the effect. `isComplete`: the batch is not run again. */
type End = (tx: Transaction, failures: readonly Failure<Delivery>[], isComplete: boolean) => Promise<void>;

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
    const { rest = [], before = [] } = Object.groupBy(deliveries, ({ record }) =>
      this.#rejected.has(record) ? 'before' : 'rest',
    );
    const isInvalid = ({ error }: Failure<Delivery>): boolean => classify(error) === 'invalid';
    const failures = await this.#run(rest, async (tx, failed) => {
      for (const { item, error } of failed.filter(isInvalid)) this.#rejected.set(item.record, error);
      for (const { item, error } of failed) if (!isInvalid({ item, error })) await this.deferral.defer(tx, item, error);
    });
    return [...before.map((item) => ({ item, error: this.#rejected.get(item.record) })), ...failures.filter(isInvalid)];
  }

  /** For a deferred event. `take` removes its row, in the transaction that completes the effect. */
  async retry(delivery: Delivery, take: (tx: Transaction) => Promise<boolean>): Promise<boolean> {
    const { faults } = this.parts;
    const before = faults.effects;
    let isTaken = false;
    const end: End = async (tx, failed, isComplete) => {
      isTaken = isComplete && failed.length === 0 && (await take(tx));
    };
    try {
      const [failure] = await this.#run([delivery], end, false);
      if (failure) throw failure.error;
      return isTaken;
    } catch (error) {
      throw faults.judge(delivery.record, error, before);
    }
  }

  /** Nothing but the dead letter is needed: what follows an external effect does not wait for it. */
  async giveUp(): Promise<void> {}

  /** Answers what failed alone. `defers`: what waits behind a deferred event is deferred instead of performed. */
  #run(deliveries: readonly Delivery[], end: End, defers = true): Promise<readonly Failure<Delivery>[]> {
    return onBehalfOfEvents(deliveries, () => this.#perform(deliveries, end, defers));
  }

  async #perform(deliveries: readonly Delivery[], end: End, defers: boolean): Promise<readonly Failure<Delivery>[]> {
    const { inbox, group, transactions } = this.parts;
    const byId = new Map(deliveries.map((delivery) => [delivery.event.id, delivery]));
    const begun = await transactions.run(async (tx) => {
      const known = await inbox.known(tx, group, [...byId.keys()]);
      const unknown = [...byId.values()].filter(({ event }) => !known.has(event.id));
      const fresh = defers ? await this.deferral.deferBlocked(tx, unknown) : unknown;
      const events = fresh.map(({ event }) => event);
      if (events.length === 0) return void (await end(tx, [], true));
      const effect = await this.handler(events);
      causedBy(tx, events);
      return { fresh, events, effect, claimed: await effect.claim(tx) };
    });
    if (!begun) return [];
    const { fresh, events, effect, claimed } = begun;
    const { done, incomplete } = await performed(effect, claimed);
    const errors = new Map(effect.failed?.(done).map(({ event, error }) => [event.id, error]));
    const failed = fresh
      .filter(({ event }) => errors.has(event.id))
      .map((item) => ({ item, error: errors.get(item.event.id) }));
    // Of a batch that is run again it is not known which of the others took effect.
    const ended = incomplete ? [] : events.map(({ id }) => id).filter((id) => !errors.has(id));
    await transactions.run(async (tx) => {
      causedBy(tx, events);
      await effect.complete(tx, done);
      if (ended.length > 0) await inbox.recordNew(tx, group, ended);
      await end(tx, failed, !incomplete);
    });
    if (incomplete) throw incomplete.cause;
    this.parts.faults.tookEffect();
    return failed;
  }
}

async function performed(
  effect: ExternalEffect,
  claimed: unknown,
): Promise<{ done: unknown; incomplete?: PartlyDone }> {
  try {
    return { done: await effect.perform(claimed) };
  } catch (error) {
    if (!(error instanceof PartlyDone)) throw error;
    return { done: error.done, incomplete: error };
  }
}
