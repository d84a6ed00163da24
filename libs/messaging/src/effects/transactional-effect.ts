import type { ReceivedEvent } from '../contract/contract.ts';
import { causedBy } from '../outbox/causes.ts';
import type { Deferral } from '../retry/deferral.ts';
import { savepoint } from '../postgres/postgres-transactions.ts';
import type { Transaction } from '../transaction.ts';
import { bisect, halves, inOrder, judge, type Failure, type Outcome } from '../processing/bisect.ts';
import { classify } from '../processing/classify.ts';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectParts, EffectRunner } from '../processing/effect-runner.ts';
import { onBehalfOfEvents } from '../processing/trace.ts';

type Handler = (events: ReceivedEvent[], tx: Transaction) => Promise<unknown>;

/**
 * Inbox, the handler's effect and what it appends to the outbox are one transaction. An event whose failure is neither
 * its own fault nor an outage is deferred in that transaction too, so it is never `stuck`. See docs/adr/0008 and 0013.
 */
export class TransactionalEffect implements EffectRunner {
  constructor(
    private readonly parts: EffectParts,
    private readonly deferral: Deferral,
    private readonly handler: Handler,
  ) {}

  run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>> {
    return onBehalfOfEvents(deliveries, () => this.#run(deliveries));
  }

  async #run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>> {
    const [first] = deliveries;
    if (!first) return { rejected: [] };
    const before = this.parts.faults.effects;
    try {
      await this.parts.transactions.run((tx) => this.#applyUnblocked(tx, deliveries));
      return { rejected: [] };
    } catch (error) {
      if (deliveries.length === 1) return this.#resolveAlone(first, error, before);
      if (classify(error) === 'unavailable') throw error;
    }
    // Savepoints cost round trips, so only a batch that failed pays for them.
    try {
      return await this.parts.transactions.run((tx) => this.#bisect(tx, deliveries, before));
    } catch (error) {
      if (classify(error) === 'unavailable') throw error;
      // COMMIT failed, e.g. on a deferred constraint: no savepoint can tell for which event.
      return inOrder(halves(deliveries), (half) => this.run(half));
    }
  }

  async giveUp(failed: FailedRecord): Promise<void> {
    await this.parts.transactions.run((tx) => this.deferral.deferDead(tx, failed));
  }

  /** For a deferred event. Rejects with what the handler throws, or with `unavailable` when that is no fault of the event. */
  async retry(tx: Transaction, delivery: Delivery): Promise<void> {
    const { faults } = this.parts;
    const before = faults.effects;
    try {
      await this.#apply(tx, [delivery]);
    } catch (error) {
      throw faults.judge(delivery.record, error, before);
    }
  }

  /** Runs the handler for what the inbox does not know yet. Rejects with what the handler throws. */
  async #apply(tx: Transaction, deliveries: readonly Delivery[]): Promise<void> {
    const { inbox, group, faults } = this.parts;
    const events = deliveries.map(({ event }) => event);
    const ids = events.map(({ id }) => id);
    const added = await inbox.recordNew(tx, group, ids);
    // `delete`, because the same event may be in the batch twice.
    const fresh = events.filter(({ id }) => added.delete(id));
    if (fresh.length === 0) return;
    causedBy(tx, fresh);
    await this.handler(fresh, tx);
    faults.tookEffect();
  }

  async #applyUnblocked(tx: Transaction, deliveries: readonly Delivery[]): Promise<void> {
    const free = await this.deferral.deferBlocked(tx, deliveries);
    if (free.length > 0) await this.#apply(tx, free);
  }

  async #bisect(tx: Transaction, deliveries: readonly Delivery[], before: number): Promise<Outcome<Delivery>> {
    const deferred: Failure<Delivery>[] = [];
    const outcome = await bisect(deliveries, (part) => this.#applyOrDefer(tx, part, deferred));
    // Not before all were tried, because it depends on whether others took effect.
    for (const { item, error } of deferred) {
      const own = this.parts.faults.judge(item.record, error, before);
      if (own !== error) throw own;
    }
    return outcome;
  }

  /** What follows a deferred event finds its row, because it asks in the same transaction. */
  async #applyOrDefer(tx: Transaction, part: readonly Delivery[], deferred: Failure<Delivery>[]): Promise<void> {
    try {
      await savepoint(tx, () => this.#applyUnblocked(tx, part));
    } catch (error) {
      const [only] = part;
      if (!only || part.length > 1 || classify(error) !== 'retry') throw error;
      await this.deferral.defer(tx, only, error);
      deferred.push({ item: only, error });
    }
  }

  async #resolveAlone(delivery: Delivery, error: unknown, before: number): Promise<Outcome<Delivery>> {
    const outcome = judge(delivery, this.parts.faults.judge(delivery.record, error, before));
    if (!outcome.stuck) return outcome;
    try {
      await this.parts.transactions.run((tx) => this.deferral.defer(tx, delivery, error));
      return { rejected: [] };
    } catch (failure) {
      return judge(delivery, failure);
    }
  }
}
