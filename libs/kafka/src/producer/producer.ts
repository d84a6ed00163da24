import type { KafkaDriver, RecordMetadata } from '../drivers/port.ts';
import { AppError, errorOf, type Log, silentLog } from '@sluice/core';
import { Accumulator, type Outcome } from './accumulator.ts';
import { BufferMemory } from './buffer-memory.ts';
import { ProducerInterceptors } from './interceptors.ts';
import { silentObserver } from './observer.ts';
import { PendingRecord, type ProducerParts } from './pending-record.ts';
import { producerLimits, type ProducerLimits, type ProducerOptions } from './options.ts';
import { PartitionCounts } from './partition-counts.ts';
import { partitionerOf } from './partitioner.ts';
import type { Bytes, ProducerRecord } from './record.ts';
import { closedError } from './errors.ts';
import { notSent } from './refused-records.ts';
import { Sender } from './sender.ts';
import { passThrough, serialized, type Serializer } from './serializer.ts';

export type { ProducerOptions, ProducerRecord };

/**
 * Kafka's producer: interceptors → serializer → partitioner → accumulator → sender. Sends with acks=all, idempotently,
 * and **never has two requests in flight**: kafkajs then loses acknowledged messages when a request times
 * out. What arrives meanwhile waits, and travels together in the next request. When a request finally fails, what
 * waited behind it in the same partitions fails with it, so that a caller who publishes the failed records again, in
 * order, keeps their order. Errors are `unavailable` (whether they were written is unknown) or `invalid` (the record can
 * never be written). The constructor throws a `TypeError` that names the option which is wrong.
 */
export class Producer<V = Bytes> {
  readonly #limits: ProducerLimits;
  readonly #parts: ProducerParts<V>;
  readonly #serializer: Serializer<V>;
  readonly #onError: (error: Error, record: ProducerRecord<V>) => void;
  readonly #log: Log;
  #isClosed = false;

  constructor(driver: KafkaDriver, options: ProducerOptions<V> = {}) {
    const limits = (this.#limits = producerLimits(options));
    const { log = silentLog, observer = silentObserver } = options;
    this.#log = log;
    this.#serializer = options.serializer ?? passThrough;
    const partitions = new PartitionCounts(driver, partitionerOf(limits.partitioner), (topic) => sender.reroute(topic));
    const interceptors = new ProducerInterceptors(options.interceptors ?? [], log);
    const buffer = new BufferMemory(partitions, limits.bufferMemory);
    const sender = new Sender(driver, new Accumulator(limits), {
      ...limits,
      partitions,
      isExhausted: () => buffer.isExhausted,
      onReleased: () => buffer.next(),
      onMissingTopic: options.onMissingTopic ?? (() => undefined),
      interceptors,
      observer,
      log,
    });
    this.#parts = { buffer, sender, interceptors };
    this.#onError =
      options.onError ??
      ((error, { topic }) => log.error({ err: error, topic }, 'an enqueued record was not acknowledged'));
  }

  /** Bytes accepted and not yet completed. */
  get bufferedBytes(): number {
    return this.#parts.buffer.used;
  }

  /** Resolves once all in-sync replicas have the record. */
  async send(record: ProducerRecord<V>): Promise<RecordMetadata> {
    const { promise, resolve, reject } = Promise.withResolvers<RecordMetadata>();
    const waiting = this.#offer(record, this.#limits.maxBlockMs, (outcome) =>
      outcome instanceof Error ? reject(outcome) : resolve(outcome),
    );
    if (waiting) await waiting;
    return promise;
  }

  /**
   * Sends the records in order and resolves with their metadata, in the same order. Rejects with the first failure, but
   * only after every record is completed: nothing of this call is in flight any more.
   */
  async sendBatch(records: readonly ProducerRecord<V>[]): Promise<RecordMetadata[]> {
    return (await this.sendEach(records)).map((outcome) => {
      if (outcome instanceof Error) throw outcome;
      return outcome;
    });
  }

  /**
   * Like `sendBatch`, and never rejects: where each record was written, or why it was not. What has the code `not-sent`
   * comes after a record that was refused, and may be sent again.
   */
  async sendEach(records: readonly ProducerRecord<V>[]): Promise<Outcome[]> {
    const pending: Promise<Outcome>[] = [];
    for (const record of records) {
      const { promise, resolve } = Promise.withResolvers<Outcome>();
      pending.push(promise);
      try {
        const waiting = this.#offer(record, this.#limits.maxBlockMs, resolve);
        if (waiting) await waiting;
      } catch (error) {
        resolve(errorOf(error));
        break;
      }
    }
    const outcomes = await Promise.all(pending);
    return records.map((_, index) => outcomes[index] ?? notSent());
  }

  /**
   * Resolves as soon as the record is in the buffer; `interceptors` are notified whether it was written, and `onError`
   * when it was not. Rejects with `unavailable` (`producer-full`) when there was no space for `timeoutMs`, by default
   * `maxBlockMs`; the record is then not sent.
   */
  async enqueue(record: ProducerRecord<V>, { timeoutMs = this.#limits.maxBlockMs } = {}): Promise<void> {
    if (!(timeoutMs >= 0)) throw new TypeError(`timeoutMs is ${timeoutMs} instead of 0 or more milliseconds`);
    const waiting = this.#offer(record, timeoutMs, (outcome) => {
      if (outcome instanceof Error) this.#report(outcome, record);
    });
    if (waiting) await waiting;
  }

  /** Resolves once everything accepted before is completed, one way or the other. Nothing lingers meanwhile. */
  flush(): Promise<void> {
    return this.#parts.sender.flush();
  }

  /** Accepts nothing more, sends what waits for at most `timeoutMs` (default 5,000), fails the rest, disconnects. */
  async close(timeoutMs = 5_000): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.buffer.close(closedError());
    await this.#parts.sender.close(timeoutMs);
  }

  /**
   * Undefined when the record is in the buffer already. Throws or rejects when it never gets there; `completed` is then not
   * called.
   */
  #offer(
    given: ProducerRecord<V>,
    timeoutMs: number,
    completed: (outcome: Outcome) => void,
  ): Promise<void> | undefined {
    const record = this.#parts.interceptors.onSend(given);
    try {
      const pending = this.#prepare(record, completed);
      const waiting = this.#parts.buffer.admit(pending, timeoutMs);
      if (waiting) this.#parts.sender.stopLingering();
      return waiting?.catch((error: unknown) => this.#refuse(record, error));
    } catch (error) {
      return this.#refuse(record, error);
    }
  }

  #prepare(record: ProducerRecord<V>, completed: (outcome: Outcome) => void): PendingRecord<V> {
    if (this.#isClosed) throw closedError();
    const value = serialized(this.#serializer, record);
    const pending = new PendingRecord(this.#parts, record, value, completed);
    if (pending.bytes <= this.#limits.maxRequestSize) return pending;
    throw new AppError('invalid', 'record-too-large', `a record of ${pending.bytes} bytes does not fit into a request`);
  }

  #refuse(record: ProducerRecord<V>, error: unknown): never {
    this.#parts.interceptors.onAcknowledgement(error as Error, record);
    throw error;
  }

  #report(error: Error, record: ProducerRecord<V>): void {
    try {
      this.#onError(error, record);
    } catch (failure) {
      this.#log.error({ err: failure, topic: record.topic }, "a producer's onError failed");
    }
  }
}
