import { backoffMs, pauseFor, type BackoffOptions } from '../bounded.ts';
import type { IncomingRecord, TopicPartition } from '../drivers/port.ts';
import type { Log } from '../log.ts';
import type { Caution } from '../suspects/caution.ts';
import { KilledTheProcess } from '../suspects/killed-the-process.ts';
import type { Failure } from './bisect.ts';
import { classify } from './classify.ts';
import type { DeadLetter } from './dead-letter.ts';
import type { ConsumerObserver } from './observer.ts';
import type { Pipeline } from './pipeline.ts';
import { RecordQueue, type QueueLimits } from './record-queue.ts';
import type { Throttle } from './throttle.ts';

export interface WorkerOptions {
  maxPollRecords: number;
  /** How often a record is tried whose failure is neither its own fault nor an outage. */
  maxAttempts: number;
  retryBackoff: BackoffOptions;
  outageBackoff: BackoffOptions;
  queue: QueueLimits;
}

export interface WorkerParts {
  partition: TopicPartition;
  pipeline: Pick<Pipeline, 'process' | 'giveUp'>;
  throttle: Throttle;
  caution: Caution;
  /** Resolves once the dead letter is acknowledged. */
  deadLetter(letter: DeadLetter): Promise<void>;
  /** Position after the last record that is dealt with; to be committed at once where a death is to be feared. */
  processed(offset: bigint, atOnce: boolean): void;
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
 * Works off one partition for as long as it is assigned, one batch at a time, at its own pace: what is slow or fails here
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
  #retried: { offset: bigint; attempts: number } | undefined;
  #hold: Hold | undefined;

  /** `after` is the end of whoever worked on the partition before: two must never do so at the same time. */
  constructor(parts: WorkerParts, options: WorkerOptions, after: Promise<void> = Promise.resolve()) {
    this.#parts = parts;
    this.#options = options;
    this.#queue = new RecordQueue(options.queue);
    this.finished = after.then(() => this.#run()).then(() => parts.caution.end());
  }

  get hold(): Hold | undefined {
    return this.#hold;
  }

  push(records: readonly IncomingRecord[]): void {
    this.#queue.push(records);
    if (!this.#paused && this.#queue.isFull) {
      this.#paused = true;
      this.#parts.pause();
    }
    this.#arrival.resolve();
  }

  /** Ends after the batch under way; `finished` tells when. */
  stop(): void {
    this.#stopped.abort();
    this.#arrival.resolve();
    void this.#parts.caution.end();
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
        await this.#parts.caution.begin(first.offset);
        if (!this.#stopped.signal.aborted) await this.#next(first);
        this.#outages = 0;
      } catch (error) {
        await this.#waitOut(error, first);
      }
    }
  }

  async #next(first: IncomingRecord): Promise<void> {
    const { caution, throttle } = this.#parts;
    if (caution.condemns(first.offset)) return this.#giveUp(first);
    const records = this.#queue.peek(await throttle.admit(() => this.#wanted(), this.#stopped.signal));
    if (!this.#stopped.signal.aborted) await this.#step(first, records);
  }

  #wanted(): number {
    // A record on probation is tried alone, its followers wait.
    const alone = this.#retried !== undefined || this.#parts.caution.isOn;
    return Math.min(this.#queue.length, alone ? 1 : this.#options.maxPollRecords);
  }

  async #step(first: IncomingRecord, records: readonly IncomingRecord[]): Promise<void> {
    const started = performance.now();
    const { caution, pipeline } = this.#parts;
    const { done, refused, stuck } = await caution.guard(first.offset, () => pipeline.process(records));
    for (const { item, error } of refused) {
      const isWritten = await this.#bury({ record: item, error, attempts: this.#attemptsOf(item) });
      if (!isWritten) return;
    }
    if (done > 0) {
      this.#parts.observer.batch(this.#parts.partition.topic, done, (performance.now() - started) / 1_000);
      this.#moveOn(records, done);
    }
    if (stuck) await this.#retryLater(stuck);
  }

  /** Of a record that is never to be tried again: it would end this process as well. */
  async #giveUp(record: IncomingRecord): Promise<void> {
    const { caution, pipeline } = this.#parts;
    const letter = { record, error: new KilledTheProcess(caution.deaths), attempts: caution.deaths };
    if (!(await this.#bury(letter))) return;
    await pipeline.giveUp(letter);
    this.#moveOn([record], 1);
  }

  #attemptsOf({ offset }: IncomingRecord): number {
    return (this.#retried?.offset === offset ? this.#retried.attempts : 0) + 1;
  }

  #moveOn(records: readonly IncomingRecord[], count: number): void {
    const last = records[count - 1];
    if (!last) return;
    this.#queue.drop(count);
    this.#parts.processed(last.offset + 1n, this.#parts.caution.isOn);
    this.#parts.caution.passed(count);
    this.#retried = undefined;
    this.#hold = undefined;
    if (this.#paused && this.#queue.hasRoom && !this.#stopped.signal.aborted) {
      this.#paused = false;
      this.#parts.resume();
    }
  }

  async #retryLater({ item, error }: Failure<IncomingRecord>): Promise<void> {
    const attempts = this.#attemptsOf(item);
    if (attempts >= this.#options.maxAttempts) {
      if (await this.#bury({ record: item, error, attempts })) this.#moveOn([item], 1);
      return;
    }
    this.#retried = { offset: item.offset, attempts };
    this.#holdFor('a record failed');
    this.#parts.observer.retry(this.#parts.partition.topic, 'failure');
    this.#parts.log.warn({ err: error, offset: String(item.offset), attempts }, 'a record failed, trying it again');
    await pauseFor(backoffMs(attempts, this.#options.retryBackoff), this.#stopped.signal);
  }

  /** Tries until it is written; false when the worker was stopped before: then the record comes again. */
  async #bury(letter: DeadLetter): Promise<boolean> {
    const { partition, log, observer } = this.#parts;
    const about = { offset: String(letter.record.offset), attempts: letter.attempts };
    for (let failures = 1; ; failures += 1) {
      try {
        await this.#parts.deadLetter(letter);
        observer.deadLetter(partition.topic);
        log.error({ ...about, err: letter.error }, 'a record was dead-lettered');
        this.#hold = undefined;
        return true;
      } catch (error) {
        this.#holdFor('a dead letter can not be written');
        log.error({ ...about, err: error }, 'a dead letter can not be written, the partition waits');
        await pauseFor(backoffMs(failures, this.#options.outageBackoff), this.#stopped.signal);
        if (this.#stopped.signal.aborted) return false;
      }
    }
  }

  async #waitOut(error: unknown, { offset }: IncomingRecord): Promise<void> {
    this.#outages += 1;
    const isOutage = classify(error) === 'unavailable';
    this.#holdFor(error instanceof Error ? error.message : String(error));
    const about = { err: error, offset: String(offset), failures: this.#outages };
    this.#parts.observer.retry(this.#parts.partition.topic, 'outage');
    const text = isOutage ? 'something this needs is unavailable, the partition waits' : 'the consumer itself failed';
    this.#parts.log[isOutage ? 'warn' : 'error'](about, text);
    await pauseFor(backoffMs(this.#outages, this.#options.outageBackoff), this.#stopped.signal);
  }

  #holdFor(reason: string): void {
    this.#hold = { reason, sinceMs: this.#hold?.sinceMs ?? Date.now() };
  }
}
