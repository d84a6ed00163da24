import { backoffMs, loggedFailure, pauseFor, type BackoffOptions, type Log } from '@sluice/core';
import type { BatchContext, BatchProcessor, IncomingRecord, Progress } from '@sluice/kafka';
import { noCrashGuard, type CrashGuard } from '../crash-guard/crash-guard.ts';
import type { CrashLoop } from '../crash-guard/crash-loop.ts';
import type { DeadLetters, FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { Failure } from './bisect.ts';
import type { Pipeline } from './pipeline.ts';

export interface ProcessorOptions {
  maxPollRecords: number;
  /** How often a record is tried whose failure is neither its own fault nor an outage. */
  maxAttempts: number;
  retryBackoff: BackoffOptions;
  outageBackoff: BackoffOptions;
}

export interface ProcessorParts {
  pipeline: Pick<Pipeline, 'process' | 'giveUp'>;
  /** Default: none. */
  crashGuard?: CrashGuard;
  deadLetters: DeadLetters;
  log: Log;
}

/**
 * Runs the batches of one partition through the pipeline and decides what becomes of the records that fail: dead letter,
 * another attempt, or, of a record that ends the process each time, none. See docs/adr/0008.
 */
export class RecordProcessor implements BatchProcessor {
  readonly #crashGuard: CrashGuard;
  #retried: { offset: bigint; attempts: number } | undefined;
  #skip: CrashLoop | undefined;

  constructor(
    private readonly parts: ProcessorParts,
    private readonly options: ProcessorOptions,
  ) {
    this.#crashGuard = parts.crashGuard ?? noCrashGuard;
  }

  async batchLimit({ offset }: IncomingRecord): Promise<number> {
    const { serial, skip } = await this.#crashGuard.before(offset);
    this.#skip = skip;
    // A record that failed is tried again alone, those behind it wait.
    return serial || skip || this.#retried ? 1 : this.options.maxPollRecords;
  }

  async process(records: readonly IncomingRecord[], context: BatchContext): Promise<Progress> {
    const first = records[0]!;
    if (this.#skip) return this.#giveUp(first, this.#skip, context);
    const run = () => this.parts.pipeline.process(records);
    const { done, rejected, stuck } = await this.#crashGuard.run(first.offset, run);
    for (const { item, error } of rejected) {
      const failed = { record: item, error, attempts: this.#attemptsOf(item) };
      if (!(await this.#deadLetter(failed, context))) return { done: 0 };
    }
    const passed = done > 0 ? this.#passed(done) : { done };
    return stuck ? this.#retryOrGiveUp(stuck, passed, context) : passed;
  }

  end(): Promise<void> {
    return this.#crashGuard.end();
  }

  async #giveUp(record: IncomingRecord, error: CrashLoop, context: BatchContext): Promise<Progress> {
    const failed = { record, error, attempts: error.crashes };
    if (!(await this.#deadLetter(failed, context))) return { done: 0 };
    await this.parts.pipeline.giveUp(failed);
    return this.#passed(1);
  }

  #passed(done: number): Progress {
    this.#retried = undefined;
    return { done, commitNow: this.#crashGuard.after(done) };
  }

  #attemptsOf({ offset }: IncomingRecord): number {
    return (this.#retried?.offset === offset ? this.#retried.attempts : 0) + 1;
  }

  async #retryOrGiveUp(
    { item, error }: Failure<IncomingRecord>,
    progress: Progress,
    context: BatchContext,
  ): Promise<Progress> {
    const { maxAttempts, retryBackoff } = this.options;
    const attempts = this.#attemptsOf(item);
    if (attempts >= maxAttempts) {
      const isWritten = await this.#deadLetter({ record: item, error, attempts }, context);
      return isWritten ? this.#passed(progress.done + 1) : progress;
    }
    this.#retried = { offset: item.offset, attempts };
    const about = { failure: loggedFailure(error), topic: item.topic, offset: String(item.offset), attempts };
    this.parts.log.warn(about, 'a record failed, trying it again');
    return { ...progress, retryAfterMs: backoffMs(attempts, retryBackoff) };
  }

  /** Tries until it is written; false when the assignment ended before: then the record comes again. */
  async #deadLetter(failed: FailedRecord, context: BatchContext): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await this.parts.deadLetters.write(failed);
        return true;
      } catch {
        context.hold('a dead letter can not be written');
        await pauseFor(backoffMs(failures, this.options.outageBackoff), context.signal);
        if (context.signal.aborted) return false;
      }
    }
  }
}
