import { backoffMs, isUnavailable, messageOf, pauseFor, type BackoffOptions, type Log } from '@sluice/core';
import type { IncomingRecord, TopicPartition, UnreadableBatch } from '../drivers/port.ts';
import type { BatchProcessor } from './batch-processor.ts';
import type { ConsumerObserver } from './observer.ts';
import type { PartitionProgress } from './progress-watch.ts';
import { RecordQueue, type QueueLimits } from './record-queue.ts';
import type { Throttle } from './throttle.ts';

export interface WorkerOptions {
  /** While something is unavailable. */
  outageBackoff: BackoffOptions;
  queue: QueueLimits;
}

export interface WorkerParts {
  partition: TopicPartition;
  processor: BatchProcessor;
  throttle: Throttle;
  /**
   * Position after everything that is dealt with, whether to commit it without the usual delay, and the timestamp of the
   * first record that was dealt with.
   */
  processed(offset: bigint, commitNow: boolean, sinceMs?: number): void;
  pause(): void;
  resume(): void;
  observer: ConsumerObserver;
  log: Log;
}

/** What keeps a partition from moving on. */
export interface Hold {
  reason: string;
  sinceMs: number;
}

/**
 * Processes one partition for as long as it is assigned, one batch at a time, at its own speed: what is slow or fails here
 * stops no other partition and never reaches the Kafka client.
 */
export class PartitionWorker {
  readonly #parts: WorkerParts;
  readonly #options: WorkerOptions;
  readonly #queue: RecordQueue;
  readonly #stopped = new AbortController();
  /** Resolves after the last batch. */
  readonly finished: Promise<void>;
  #paused = false;
  #arrival = Promise.withResolvers<void>();
  #outages = 0;
  /** After everything that came: after markers too, which are no records. */
  #end = 0n;
  #hold: Hold | undefined;
  /** What comes after the records that were fetched. */
  #unreadable: (Hold & { offset: bigint }) | undefined;
  #movedAtMs = Date.now();

  /** `after`: the end of the worker that had the partition before; two must never work on it at the same time. */
  constructor(parts: WorkerParts, options: WorkerOptions, after: Promise<void> = Promise.resolve()) {
    this.#parts = parts;
    this.#options = options;
    this.#queue = new RecordQueue(options.queue);
    this.finished = after.then(() => this.#run()).then(() => parts.processor.end());
  }

  get progress(): PartitionProgress {
    const [first] = this.#queue.peek(1);
    const hold = this.#hold ?? (first ? undefined : this.#unreadable);
    const offset = first?.offset ?? this.#unreadable?.offset;
    const { partition } = this.#parts;
    const known = { ...(offset !== undefined && { offset }), ...(hold && { hold }) };
    return { ...partition, ...known, movedAtMs: this.#movedAtMs, isBusy: first !== undefined };
  }

  get partition(): TopicPartition {
    return this.#parts.partition;
  }

  /** Timestamp of the first record that was fetched and is not processed. */
  get oldestMs(): number | undefined {
    return this.#queue.peek(1)[0]?.timestampMs;
  }

  /** The batch after the records so far can't be read. Answers whether that is news. */
  holdAt({ offset, codec, reason }: UnreadableBatch): boolean {
    if (this.#unreadable?.offset === offset) return false;
    this.#unreadable = {
      offset,
      reason: `its batch, of codec ${codec}, can't be read: ${reason}`,
      sinceMs: Date.now(),
    };
    return true;
  }

  /** `next`: the position after the records and whatever else came with them. */
  push(records: readonly IncomingRecord[], next: bigint): void {
    this.#end = next;
    if (records.length > 0) this.#unreadable = undefined;
    if (this.#queue.length === 0) this.#movedAtMs = Date.now();
    this.#queue.push(records);
    if (this.#queue.length === 0) return this.#parts.processed(next, false);
    if (!this.#paused && this.#queue.isFull) {
      this.#paused = true;
      this.#parts.pause();
    }
    this.#arrival.resolve();
  }

  /** Ends after the batch under way; then `finished` resolves. */
  stop(): void {
    this.#stopped.abort();
    this.#arrival.resolve();
    void this.#parts.processor.end();
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const [first] = this.#queue.peek(1);
      if (!first) {
        this.#arrival = Promise.withResolvers();
        await this.#arrival.promise;
        continue;
      }
      try {
        await this.#next(first);
        this.#outages = 0;
      } catch (error) {
        await this.#waitOut(error, first);
      }
    }
  }

  async #next(first: IncomingRecord): Promise<void> {
    const { signal } = this.#stopped;
    const { processor, throttle, observer, partition } = this.#parts;
    const limit = await processor.batchLimit(first);
    if (signal.aborted) return;
    const records = this.#queue.peek(await throttle.admit(() => Math.min(this.#queue.length, limit), signal));
    if (signal.aborted) return;
    const started = performance.now();
    const context = { signal, hold: (reason: string) => this.#holdFor(reason) };
    const { done, commitNow = false, retryAfterMs } = await processor.process(records, context);
    if (done > 0) {
      observer.batch(partition.topic, done, (performance.now() - started) / 1_000);
      this.#moveOn(records.slice(0, done), commitNow);
    }
    if (retryAfterMs === undefined) return;
    this.#holdFor('a record failed');
    observer.retry(partition.topic, 'failure');
    await pauseFor(retryAfterMs, signal);
  }

  #moveOn(done: readonly IncomingRecord[], commitNow: boolean): void {
    this.#queue.drop(done.length);
    const position = this.#queue.length > 0 ? done.at(-1)!.offset + 1n : this.#end;
    this.#parts.processed(position, commitNow, done[0]!.timestampMs);
    this.#hold = undefined;
    this.#movedAtMs = Date.now();
    if (this.#paused && this.#queue.hasRoom && !this.#stopped.signal.aborted) {
      this.#paused = false;
      this.#parts.resume();
    }
  }

  async #waitOut(error: unknown, { offset }: IncomingRecord): Promise<void> {
    const { observer, partition, log } = this.#parts;
    this.#outages += 1;
    this.#holdFor(messageOf(error));
    observer.retry(partition.topic, 'outage');
    const about = { err: error, offset: String(offset), failures: this.#outages };
    if (isUnavailable(error)) log.warn(about, 'something this needs is unavailable, the partition waits');
    else log.error(about, 'the consumer itself failed');
    await pauseFor(backoffMs(this.#outages, this.#options.outageBackoff), this.#stopped.signal);
  }

  #holdFor(reason: string): void {
    this.#hold = { reason, sinceMs: this.#hold?.sinceMs ?? Date.now() };
  }
}
