import {
  AppError,
  backoffMs,
  isUnavailable,
  loggedFailure,
  RunLoop,
  type SerialMode,
  withTimeout,
  type BackoffOptions,
  type Log,
} from '@sluice/core';
import { classify } from '../processing/classify.ts';
import type { DeadLetters, FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { IncomingRecord } from '@sluice/kafka';
import type { ProcessingObserver } from '../processing/observer.ts';
import { CrashLoop, mostCrashes } from '../crash-guard/crash-loop.ts';
import type { Transaction, Transactions } from '../transaction.ts';
import { nextDelayMs, type Retrying } from './options.ts';
import type { DueKey, DeferredHead, BlockedKey, DeferredTable } from './deferred-table.ts';

/** Removes a deferred event in the transaction that completes its effect; false when another process has it. */
export type Take = (tx: Transaction) => Promise<boolean>;

export interface Retry {
  /** Decodes a record and lets it take effect once; answers what `take` did. Rejects with what the handler throws. */
  run(record: IncomingRecord, take: Take): Promise<boolean>;
  /** An external effect may take long, and its key goes on when one of its events is dead-lettered. */
  isExternal: boolean;
}

export interface SchedulerParts {
  table: DeferredTable;
  /** By topic. */
  retries: ReadonlyMap<string, Retry>;
  transactions: Transactions;
  deadLetters: DeadLetters;
  /** While something is unavailable. */
  outageBackoff: BackoffOptions;
  observer: ProcessingObserver;
  log: Log;
  /** Of the whole process, for events of which one may end it. */
  serialMode: SerialMode;
}

/** Most keys that are tried at a time. */
const keysAtATime = 20;

/** Longest wait for a dead letter's acknowledgement; one that comes later is there twice, never lost. */
const writeTimeoutMs = 5_000;

/** How long an event that was begun is left to that process; after a crash, also how long it waits. */
const leaseMs = 5_000;
const externalLeaseMs = 60_000;

/**
 * Tries the oldest deferred event of each key until it succeeds, then the next one of the key: effect and removal of the
 * row are one transaction. Any number of instances may do so at once; the row's lock keeps them apart. An event that
 * fails for the last time is written as a dead letter and stays as the `dead` head of its key: what follows waits until
 * an operator decides, see `DeferredEvents`. One that turns out to be invalid, or whose effect is external, is dead-lettered
 * and unblocks its key, as it would have done the first time. An outage counts as no attempt, and what keeps one event from
 * succeeding keeps no other: the rounds pause only when the table itself can't be used.
 */
export class RetryScheduler {
  readonly #loop: RunLoop;

  constructor(
    private readonly parts: SchedulerParts,
    private readonly options: Retrying,
  ) {
    this.#loop = new RunLoop((signal) => this.#round(signal), {
      everyMs: options.pollMs,
      backoff: parts.outageBackoff,
      onFailure: (err) => parts.log.warn({ err }, 'deferred events can not be tried now'),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** Resolves after the events that are being tried. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Whether there may be more to do at once: an event left the table, or there are more keys than one round takes. */
  async #round(signal: AbortSignal): Promise<boolean> {
    const { table, retries, transactions } = this.parts;
    const keys = await transactions.run((tx) => table.dueKeys(tx, [...retries.keys()], keysAtATime));
    const worked = await Promise.allSettled(keys.map((key) => this.#drain(key, signal)));
    const failures = worked.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (failures.length > 0 && failures.length === worked.length && failures.every(isUnavailable)) throw failures[0];
    for (const err of failures) this.parts.log.error({ err }, 'a deferred event can not be tried');
    return keys.length === keysAtATime || worked.some((result) => result.status === 'fulfilled' && result.value);
  }

  async #drain(key: DueKey, signal: AbortSignal): Promise<boolean> {
    const { serialMode } = this.parts;
    const next = (): Promise<boolean> => this.#next(key);
    if (key.isSuspected) return serialMode.alone(next);
    let isBusy = false;
    while (!signal.aborted && (await serialMode.together(next))) isBusy = true;
    return isBusy;
  }

  /** Whether the key's oldest event left the table. */
  async #next(key: BlockedKey): Promise<boolean> {
    const { table, transactions, observer } = this.parts;
    const retry = this.#retryOf(key);
    const untilMs = retry.isExternal ? externalLeaseMs : leaseMs;
    const head = await transactions.run((tx) => table.begin(tx, key, untilMs));
    if (!head) return false;
    if (head.starts > mostCrashes) return this.#giveUp(head);
    try {
      const isDone = await retry.run(head.record, async (tx) => {
        if (!(await table.lock(tx, head.id))) return false;
        await table.remove(tx, head.id);
        return true;
      });
      if (isDone) observer.attempt(key.topic, 'done');
      return isDone;
    } catch (error) {
      return this.#failed(head, error);
    }
  }

  /** Of an event that would end this process as it ended others. */
  #giveUp(head: DeferredHead): Promise<boolean> {
    const { record, attempts } = head;
    const failed = { record, error: new CrashLoop(mostCrashes), attempts: attempts + mostCrashes };
    return this.#writeDeadLetter(head, failed, this.#retryOf(record).isExternal);
  }

  #retryOf({ topic }: { topic: string }): Retry {
    const retry = this.parts.retries.get(topic);
    if (!retry) throw new Error(`no handler tries deferred events of ${topic}`);
    return retry;
  }

  /** In a transaction of its own: nothing is left of the one that failed, be it at COMMIT. */
  async #failed(head: DeferredHead, error: unknown): Promise<boolean> {
    const { table, transactions, observer, log } = this.parts;
    const verdict = classify(error);
    if (verdict === 'unavailable') {
      // Lets other keys come first, should only this one need what is unavailable.
      const { retryAfterSeconds = 0 } = error instanceof AppError ? error : {};
      const delayMs = Math.max(backoffMs(1, this.options.backoff), retryAfterSeconds * 1_000);
      await transactions.run((tx) => table.postpone(tx, head, { error, delayMs, attempts: 0 }));
      log.warn({ err: error, topic: head.record.topic }, 'a deferred event waits for something that is unavailable');
      return false;
    }
    if (verdict === 'done') {
      await transactions.run((tx) => table.remove(tx, head.id));
      observer.attempt(head.record.topic, 'done');
      return true;
    }
    const attempts = head.attempts + 1;
    const nextMs = verdict === 'invalid' ? undefined : nextDelayMs({ ...head, attempts }, this.options);
    // No other process tries it while the dead letter is being written.
    const delayMs = nextMs ?? 2 * writeTimeoutMs;
    if (!(await transactions.run((tx) => table.postpone(tx, head, { error, delayMs })))) return false;
    observer.attempt(head.record.topic, 'failed');
    const { topic, offset } = head.record;
    const about = { failure: loggedFailure(error), topic, offset: String(offset), attempts };
    log.warn(about, 'a deferred event failed again');
    if (nextMs !== undefined) return false;
    const unblocks = verdict === 'invalid' || this.#retryOf(head.record).isExternal;
    return this.#writeDeadLetter({ ...head, attempts }, { record: head.record, error, attempts }, unblocks);
  }

  async #writeDeadLetter(head: DeferredHead, failed: FailedRecord, unblocks: boolean): Promise<boolean> {
    const { table, transactions, deadLetters } = this.parts;
    try {
      await withTimeout(deadLetters.write(failed), writeTimeoutMs, 'writing a dead letter');
    } catch {
      const delayMs = backoffMs(failed.attempts, this.options.backoff);
      // Its starts must not be forgotten; its lease postpones it already.
      if (head.starts > mostCrashes) return false;
      await transactions.run((tx) => table.postpone(tx, head, { error: failed.error, delayMs, attempts: 0 }));
      return false;
    }
    await transactions.run((tx) => (unblocks ? table.remove(tx, head.id) : table.markDead(tx, head, failed)));
    return unblocks;
  }
}
