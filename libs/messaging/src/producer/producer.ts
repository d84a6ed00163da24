import type { KafkaDriver, RecordMetadata } from '../drivers/port.ts';
import { AppError } from '../errors.ts';
import { silentLog, type Log } from '../log.ts';
import { Accumulator } from './accumulator.ts';
import { Intake } from './intake.ts';
import { ProducerInterceptors } from './interceptors.ts';
import { silentObserver } from './observer.ts';
import { producerLimits, type ProducerLimits, type ProducerOptions } from './options.ts';
import { PartitionCounts } from './partition-counts.ts';
import { partitionerOf } from './partitioner.ts';
import type { Bytes, ProducerRecord } from './record.ts';
import { recordBytes } from './record-size.ts';
import { closedError, Sender } from './sender.ts';
import { passThrough, serialized, type Serializer } from './serializer.ts';

export type { ProducerOptions, ProducerRecord };

export interface EnqueueOptions {
  /** Longest wait for room in the buffer in milliseconds; default `maxBlockMs`. */
  timeoutMs?: number;
}

interface Offer {
  /** Undefined when the record is in the buffer already. */
  room: Promise<void> | undefined;
  /** May be ignored: its rejection never counts as unhandled. */
  delivery: Promise<RecordMetadata>;
}

/**
 * Kafka's producer: interceptors → serializer → partitioner → accumulator → sender. Sends with acks=all, idempotently,
 * and **never has two requests in flight**: kafkajs then loses acknowledged messages when a request times out (design
 * §7.1). What arrives meanwhile waits, and travels together in the next request. When a request finally fails, what
 * waited behind it in the same partitions fails with it, so that a caller who publishes the failed records again, in
 * order, keeps their order. Errors are `unavailable` (whether they were written is unknown) or `invalid` (the record can
 * never be written). The constructor throws a `TypeError` that names the option which is wrong.
 */
export class Producer<V = Bytes> {
  readonly #limits: ProducerLimits;
  readonly #interceptors: ProducerInterceptors<V>;
  readonly #serializer: Serializer<V>;
  readonly #intake: Intake;
  readonly #sender: Sender;
  readonly #onError: (error: Error, record: ProducerRecord<V>) => void;
  readonly #log: Log;
  #isClosed = false;

  constructor(driver: KafkaDriver, options: ProducerOptions<V> = {}) {
    const limits = (this.#limits = producerLimits(options));
    const { log = silentLog, observer = silentObserver } = options;
    this.#log = log;
    this.#interceptors = new ProducerInterceptors(options.interceptors ?? [], log);
    this.#serializer = options.serializer ?? passThrough;
    this.#intake = new Intake(new PartitionCounts(driver, partitionerOf(limits.partitioner)), limits.bufferMemory);
    this.#sender = new Sender(driver, new Accumulator(limits), {
      ...limits,
      isPressed: () => this.#intake.isPressed,
      onRoom: () => this.#intake.next(),
      observer,
      log,
    });
    this.#onError =
      options.onError ??
      ((error, { topic }) => log.error({ err: error, topic }, 'an enqueued record was not acknowledged'));
  }

  /** Bytes accepted and not yet settled. */
  get bufferedBytes(): number {
    return this.#intake.used;
  }

  /** Resolves once all in-sync replicas have the record. */
  async send(record: ProducerRecord<V>): Promise<RecordMetadata> {
    const { room, delivery } = this.#offer(record, this.#limits.maxBlockMs);
    if (room) await room;
    return delivery;
  }

  /**
   * Sends the records in order and resolves with their metadata, in the same order. Rejects with the first failure, but
   * only after every record is settled: nothing of this call is in flight any more.
   */
  async sendBatch(records: readonly ProducerRecord<V>[]): Promise<RecordMetadata[]> {
    const deliveries: Promise<RecordMetadata>[] = [];
    try {
      for (const record of records) {
        const { room, delivery } = this.#offer(record, this.#limits.maxBlockMs);
        if (room) await room;
        deliveries.push(delivery);
      }
    } finally {
      await Promise.allSettled(deliveries);
    }
    return Promise.all(deliveries);
  }

  /**
   * Resolves as soon as the record is in the buffer; whether it was written is told to `interceptors`, and to `onError`
   * when it was not. Rejects with `unavailable` (`producer-full`) when there was no room for `timeoutMs`; the record is
   * then not sent.
   */
  async enqueue(record: ProducerRecord<V>, options: EnqueueOptions = {}): Promise<void> {
    const { timeoutMs = this.#limits.maxBlockMs } = options;
    if (!(timeoutMs >= 0)) throw new TypeError(`timeoutMs is ${timeoutMs} instead of 0 or more milliseconds`);
    const { room, delivery } = this.#offer(record, timeoutMs);
    delivery.catch((error: Error) => this.#report(error, record));
    if (room) await room;
  }

  /** Resolves once everything accepted before is settled, one way or the other. Nothing lingers meanwhile. */
  flush(): Promise<void> {
    return this.#sender.flush();
  }

  /** Accepts nothing more, sends what waits for at most `timeoutMs` (default 5,000), fails the rest, disconnects. */
  async close(timeoutMs = 5_000): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#intake.close(closedError());
    await this.#sender.close(timeoutMs);
  }

  #offer(given: ProducerRecord<V>, timeoutMs: number): Offer {
    const record = this.#interceptors.onSend(given);
    const refused = (error: unknown): never => {
      this.#interceptors.onAcknowledgement(error as Error, record);
      throw error;
    };
    try {
      const { promise: delivery, resolve, reject } = Promise.withResolvers<RecordMetadata>();
      // Whoever called looks at it later; until then a rejection must not count as unhandled.
      delivery.catch(() => undefined);
      const { record: outgoing, bytes } = this.#prepare(record);
      const settle = (outcome: RecordMetadata | Error): void => {
        this.#intake.release(bytes);
        this.#interceptors.onAcknowledgement(outcome, record);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      const enter = (partition: number): void => {
        const acceptedAt = performance.now();
        this.#sender.append({ record: { ...outgoing, partition }, bytes, acceptedAt, delivery, settle });
      };
      const room = this.#intake.admit({ record: outgoing, bytes, enter }, timeoutMs);
      if (room) this.#sender.hurry();
      return { room: room?.catch(refused), delivery };
    } catch (error) {
      return refused(error);
    }
  }

  #prepare(given: ProducerRecord<V>): { record: ProducerRecord; bytes: number } {
    if (this.#isClosed) throw closedError();
    const record = serialized(this.#serializer, given);
    const bytes = recordBytes(record);
    if (bytes <= this.#limits.maxRequestSize) return { record, bytes };
    throw new AppError('invalid', 'record-too-large', `a record of ${bytes} bytes does not fit into a request`);
  }

  #report(error: Error, record: ProducerRecord<V>): void {
    try {
      this.#onError(error, record);
    } catch (failure) {
      this.#log.error({ err: failure, topic: record.topic }, "a producer's onError failed");
    }
  }
}
