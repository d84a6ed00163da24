import { AppError, backoffMs, loggedFailure, messageOf, type BackoffOptions, type Log } from '@sluice/core';
import type { IncomingRecord } from '@sluice/kafka';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { ProcessingObserver } from '../processing/observer.ts';
import { identityOf } from '../envelope/decode.ts';
import { afterCommit, savepoint } from '../postgres/postgres-transactions.ts';
import { classify } from '../processing/classify.ts';
import { continued } from '../processing/trace.ts';
import { failSpan } from '../tracing/shared-span.ts';
import type { Transaction } from '../transaction.ts';
import { keyOf, type Deferrable, type DeferredFailure, type DeferredTable } from './deferred-table.ts';

export interface DeferralParts {
  table: DeferredTable;
  backoff: BackoffOptions;
  observer: ProcessingObserver;
  log: Log;
}

/**
 * Defers the events that failed and may succeed later, and with them all later events of their keys: a key keeps its
 * order, and other keys go on. Everything happens in the transaction of the batch. The table is asked for every batch,
 * because another instance may have deferred a key before the partition came here. A scheduler may empty a key at the
 * same time: a transaction that still sees the key as deferred adds a row, which becomes the head.
 * See docs/adr/0013.
 */
export class Deferral {
  constructor(private readonly parts: DeferralParts) {}

  /** Defers the events of deferred keys, untried, and answers the others. */
  async deferBlocked(tx: Transaction, deliveries: readonly Delivery[]): Promise<readonly Delivery[]> {
    const [first] = deliveries;
    if (!first) return deliveries;
    const { topic } = first.record;
    if (await this.parts.table.isEmpty(tx, topic)) return deliveries;
    const keys = new Map(deliveries.map((delivery) => [keyOf(delivery).toString('latin1'), keyOf(delivery)]));
    const deferred = await this.parts.table.keysAmong(tx, topic, [...keys.values()]);
    if (deferred.size === 0) return deliveries;
    const { follow = [], pass = [] } = Object.groupBy(deliveries, (delivery) =>
      deferred.has(keyOf(delivery).toString('latin1')) ? 'follow' : 'pass',
    );
    if (follow.length > 0) await this.parts.table.add(tx, follow.map(deferrable));
    this.#count(tx, topic, follow.length);
    return pass;
  }

  /** Defers an event that was tried once. Rejects with `invalid` when the table can't take it, whyever. */
  async defer(tx: Transaction, delivery: Delivery, error: unknown): Promise<void> {
    const { topic, partition, offset } = delivery.record;
    failSpan(delivery.context, error);
    await this.#add(tx, deferrable(delivery), { error, delayMs: backoffMs(1, this.parts.backoff) });
    const about = { failure: loggedFailure(error), topic, partition, offset: String(offset), key: delivery.event.key };
    this.parts.log.warn(about, 'an event failed and is deferred; later events of its key wait behind it');
  }

  /**
   * Defers an event that is dead already: nothing tries it again before an operator says so, and what follows waits. It is
   * not decoded, and nothing happens to a record that is no event.
   */
  async deferDead(tx: Transaction, { record, error, attempts }: FailedRecord): Promise<void> {
    const event = identityOf(record);
    if (!event) return;
    try {
      await this.#add(tx, { event, record }, { error, delayMs: 0, attempts }, 'dead');
    } catch (failure) {
      if (classify(failure) === 'unavailable') throw failure;
      const about = { err: failure, topic: record.topic, offset: String(record.offset) };
      this.parts.log.error(about, 'a dead event can not be deferred: later events of its key go on');
    }
  }

  /** Keeps a dead letter that the broker refuses; the scheduler tries to write it for as long as that takes. */
  keep(tx: Transaction, id: string, record: IncomingRecord, error: unknown): Promise<void> {
    return this.parts.table.add(tx, [{ event: { id, key: '' }, record }], { error, delayMs: 0, attempts: 0 });
  }

  async #add(tx: Transaction, event: Deferrable, failure: DeferredFailure, state?: 'dead'): Promise<void> {
    try {
      await savepoint(tx, () => this.parts.table.add(tx, [event], failure, state));
    } catch (cause) {
      if (classify(cause) === 'unavailable') throw cause;
      const message = `${messageOf(failure.error)}; it can't be deferred: ${messageOf(cause)}`;
      throw new AppError('invalid', 'not-deferrable', message, { cause: failure.error });
    }
    this.#count(tx, event.record.topic, 1);
  }

  #count(tx: Transaction, topic: string, events: number): void {
    afterCommit(tx, () => this.parts.observer.deferred(topic, events));
  }
}

function deferrable(delivery: Delivery): Deferrable {
  return { event: delivery.event, record: continued(delivery) };
}
