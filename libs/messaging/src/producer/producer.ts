import { backoffMs, bounded, pauseFor } from '../bounded.ts';
import type { KafkaDriver, OutgoingRecord, ProducerConnection, RecordMetadata } from '../drivers/port.ts';
import { AppError } from '../errors.ts';
import { silentLog, type Log } from '../log.ts';
import { Accumulator, type Entry } from './accumulator.ts';
import { BufferMemory } from './buffer-memory.ts';
import { PartitionCounts } from './partition-counts.ts';
import { recordBytes } from './record-size.ts';

/** A record to send; without `partition` the key decides, and without both they take turns. */
export type ProducerRecord = Omit<OutgoingRecord, 'partition'> & { partition?: number };

export interface ProducerOptions {
  /** Kafka `batch.size`: most bytes of one partition in one request; default 524,288 (Kafka: 16,384). */
  batchSize?: number;
  /** Kafka `max.request.size`; default 1,048,576 − 1,024, which leaves room for the batches' headers. */
  maxRequestSize?: number;
  /** Kafka `buffer.memory`; default 33,554,432 bytes. */
  bufferMemory?: number;
  /** Kafka `max.block.ms`: longest wait for room in the buffer; default 10,000 (Kafka: 60,000). */
  maxBlockMs?: number;
  /** Kafka `delivery.timeout.ms`: from the acceptance of a record to its acknowledgement; default 120,000. */
  deliveryTimeoutMs?: number;
  log?: Log;
}

/**
 * Sends with acks=all, idempotently, and **never has two requests in flight**: kafkajs then loses acknowledged messages
 * when a request times out (design §7.1). What arrives meanwhile waits, and travels together in the next request. When a
 * request finally fails, what waited behind it in the same partitions fails with it, so that a caller who publishes the
 * failed records again, in order, keeps their order. Errors are `unavailable` (whether they were written is unknown) or
 * `invalid` (the record can never be written).
 */
export class Producer {
  readonly #driver: KafkaDriver;
  readonly #accumulator: Accumulator;
  readonly #memory: BufferMemory;
  readonly #partitions: PartitionCounts;
  readonly #maxRequestSize: number;
  readonly #deliveryTimeoutMs: number;
  readonly #log: Log;
  readonly #closing = new AbortController();
  readonly #sweeper: NodeJS.Timeout;
  #connection: ProducerConnection | undefined;
  #sender: Promise<void> | undefined;
  #unsettled = 0;

  constructor(driver: KafkaDriver, options: ProducerOptions = {}) {
    this.#driver = driver;
    this.#maxRequestSize = options.maxRequestSize ?? 1_048_576 - 1_024;
    this.#deliveryTimeoutMs = options.deliveryTimeoutMs ?? 120_000;
    this.#accumulator = new Accumulator({
      batchSize: options.batchSize ?? 524_288,
      maxRequestSize: this.#maxRequestSize,
    });
    this.#memory = new BufferMemory(options.bufferMemory ?? 33_554_432, options.maxBlockMs ?? 10_000);
    this.#partitions = new PartitionCounts(driver);
    this.#log = options.log ?? silentLog;
    this.#sweeper = setInterval(() => this.#expire(), Math.min(1_000, this.#deliveryTimeoutMs / 4)).unref();
  }

  /** Bytes accepted and not yet settled. */
  get bufferedBytes(): number {
    return this.#memory.used;
  }

  /** Resolves once all in-sync replicas have the record. */
  async send(record: ProducerRecord): Promise<RecordMetadata> {
    const [metadata] = await this.sendBatch([record]);
    if (!metadata) throw new Error('the driver answered without metadata');
    return metadata;
  }

  /**
   * Sends the records in order and resolves with their metadata, in the same order. Rejects with the first failure, but
   * only after every record is settled: nothing of this call is in flight any more.
   */
  async sendBatch(records: readonly ProducerRecord[]): Promise<RecordMetadata[]> {
    const results: Promise<RecordMetadata>[] = [];
    try {
      for (const record of records) {
        const bytes = this.#checkedSize(record);
        const partition = record.partition ?? this.#partitions.choose(record) ?? (await this.#partitions.load(record));
        const room = this.#memory.acquire(bytes);
        if (room) await room;
        results.push(this.#enqueue({ ...record, partition }, bytes));
      }
    } catch (error) {
      await Promise.allSettled(results);
      throw error;
    }
    await Promise.allSettled(results);
    return Promise.all(results);
  }

  /** Resolves once everything accepted before is settled, one way or the other; within `deliveryTimeoutMs`. */
  async flush(): Promise<void> {
    while (this.#sender) await this.#sender;
  }

  /** Accepts nothing more, sends what waits for at most `timeoutMs` (default 5,000), fails the rest, disconnects. */
  async close(timeoutMs = 5_000): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    clearInterval(this.#sweeper);
    try {
      await bounded(this.flush(), timeoutMs, 'sending the last records');
    } catch (error) {
      this.#log.warn({ err: error, unsettled: this.#unsettled }, 'records are left unsent');
    }
    this.#fail(this.#accumulator.discard(), new AppError('unavailable', 'producer-closed', 'the producer was closed'));
    await this.#connection?.close();
    this.#connection = undefined;
  }

  #checkedSize(record: ProducerRecord): number {
    if (this.#closing.signal.aborted) {
      throw new AppError('unavailable', 'producer-closed', 'the producer was closed');
    }
    const bytes = recordBytes(record);
    if (bytes <= this.#maxRequestSize) return bytes;
    throw new AppError('invalid', 'record-too-large', `a record of ${bytes} bytes does not fit into a request`);
  }

  #enqueue(record: OutgoingRecord, bytes: number): Promise<RecordMetadata> {
    this.#unsettled += 1;
    const result = new Promise<RecordMetadata>((resolve, reject) => {
      const expiresAt = performance.now() + this.#deliveryTimeoutMs;
      this.#accumulator.append({ record, bytes, expiresAt, resolve, reject });
    });
    // Whoever called looks at it later; until then a rejection must not count as unhandled.
    result.catch(() => undefined);
    this.#sender ??= this.#sendAll().finally(() => (this.#sender = undefined));
    return result;
  }

  async #sendAll(): Promise<void> {
    // Lets a caller's loop of `send`s fill the first request.
    await Promise.resolve();
    for (let attempt = 1; !this.#accumulator.isEmpty;) {
      const connection = await this.#connect();
      if (connection) {
        attempt = 1;
        await this.#request(connection, this.#accumulator.drain());
      } else {
        await pauseFor(backoffMs(attempt++), this.#closing.signal);
        if (this.#closing.signal.aborted) return;
      }
    }
  }

  async #connect(): Promise<ProducerConnection | undefined> {
    try {
      return (this.#connection ??= await this.#driver.producer());
    } catch (error) {
      this.#log.warn({ err: error, bytesWaiting: this.#accumulator.bytes }, 'no broker takes records');
      return undefined;
    }
  }

  /** Answers false when nothing may be sent behind these entries: their fate is unknown. */
  async #request(connection: ProducerConnection, entries: Entry[]): Promise<boolean> {
    try {
      const call = connection.sendBatch(entries.map(({ record }) => record));
      const metadata = await bounded(call, this.#deliveryTimeoutMs, 'sending records');
      entries.forEach((entry, index) => {
        const written = metadata[index];
        if (written) this.#settle(entry, () => entry.resolve(written));
        else this.#fail([entry], new Error('the driver answered without metadata'));
      });
      return true;
    } catch (error) {
      await this.#renew(connection);
      const isRefused = error instanceof AppError && error.kind === 'invalid';
      if (isRefused && entries.length > 1) return this.#oneByOne(entries);
      this.#log.error({ err: error, records: entries.length }, 'records were not acknowledged');
      const behind = isRefused ? [] : this.#accumulator.discard(entries);
      this.#fail([...entries, ...behind], isRefused ? error : unknownOutcome(error));
      return isRefused;
    }
  }

  /** One bad record spoils a request: finds it, so that its neighbours are not refused with it. */
  async #oneByOne(entries: Entry[]): Promise<boolean> {
    for (const [index, entry] of entries.entries()) {
      const connection = await this.#connect();
      if (connection && (await this.#request(connection, [entry]))) continue;
      const rest = entries.slice(connection ? index + 1 : index);
      this.#fail([...rest, ...this.#accumulator.discard(entries)], unknownOutcome('the broker went away'));
      return false;
    }
    return true;
  }

  /** A producer whose last request has an unknown fate is out of sequence: the next request needs a new id. */
  async #renew(connection: ProducerConnection): Promise<void> {
    this.#connection = undefined;
    await connection.close();
  }

  #expire(): void {
    const expired = this.#accumulator.takeExpired(performance.now());
    if (expired.length === 0) return;
    this.#fail(expired, new AppError('unavailable', 'delivery-timeout', `not sent in ${this.#deliveryTimeoutMs} ms`));
  }

  #fail(entries: readonly Entry[], error: Error): void {
    for (const entry of entries) this.#settle(entry, () => entry.reject(error));
  }

  #settle(entry: Entry, tell: () => void): void {
    this.#unsettled -= 1;
    this.#memory.release(entry.bytes);
    tell();
  }
}

function unknownOutcome(cause: unknown): AppError {
  return new AppError('unavailable', 'not-acknowledged', 'whether the record was written is unknown', { cause });
}
