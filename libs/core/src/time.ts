import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from './errors.ts';

/** The longest wait of a timer, some 24 days; milliseconds. Node ends a longer one after 1 ms. */
export const longestTimerMs = 2 ** 31 - 1;

/** For whatever becomes a timer: a wait that is too long for one becomes the longest. */
export function timerMs(ms: number): number {
  return Math.min(ms, longestTimerMs);
}

/**
 * Passes on what `work` does, or rejects after `timeoutMs`: with an `unavailable` error that names `late`, or with the
 * error that `late` makes. The work itself goes on. What it rejects with later goes to `onLateFailure` and is ignored by
 * default, so only leave that out where it is harmless.
 */
export async function withTimeout<T>(
  work: Promise<T>,
  timeoutMs: number,
  late: string | (() => Error),
  onLateFailure: (error: unknown) => void = () => undefined,
): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      typeof late === 'string'
        ? new AppError('unavailable', 'timed-out', `${late} took longer than ${timeoutMs} ms`)
        : late(),
    );
    work.catch(onLateFailure);
  }, timerMs(timeoutMs));
  try {
    return await Promise.race([work, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, or returns at once when `signal` is or gets aborted. */
export async function pauseFor(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(timerMs(ms), undefined, { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}

export interface BackoffOptions {
  /** First delay; default 100 ms. */
  initialMs?: number;
  /** Longest delay; default 5 s. */
  maxMs?: number;
}

/** Exponential with full jitter in the upper half: `attempt` 1 waits half to all of `initialMs`, 2 of its double … */
export function backoffMs(attempt: number, { initialMs = 100, maxMs = 5_000 }: BackoffOptions = {}): number {
  const ceiling = Math.min(maxMs, initialMs * 2 ** Math.min(attempt - 1, 20));
  return ceiling * (0.5 + Math.random() / 2);
}

export interface RetryOptions {
  /** Ends the attempts. */
  signal?: AbortSignal | undefined;
  /** A failure after this ends the attempts; milliseconds, default: no limit. */
  timeoutMs?: number;
  /** Whether a failure is worth another attempt; default: any is. */
  isTransient?: (error: unknown) => boolean;
  /** Pause after a failure; default 100 ms, doubling up to 5 s. */
  backoff?: BackoffOptions;
  /** Called with each failure that is followed by another attempt, and how many there were. */
  onFailure?: (error: unknown, failures: number) => void;
}

/**
 * Repeats `work` until it succeeds, and resolves with its result; with undefined when `signal` was aborted before. Rejects
 * with the failure that ends the attempts.
 */
export async function untilSuccess<T>(
  work: () => Promise<T>,
  options: RetryOptions & { signal?: undefined },
): Promise<T>;
export async function untilSuccess<T>(work: () => Promise<T>, options: RetryOptions): Promise<T | undefined>;
export async function untilSuccess<T>(
  work: () => Promise<T>,
  { signal, timeoutMs = Infinity, isTransient = () => true, backoff, onFailure }: RetryOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  for (let failures = 1; !signal?.aborted; failures += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isTransient(error) || performance.now() > deadline) throw error;
      onFailure?.(error, failures);
      await pauseFor(backoffMs(failures, backoff), signal);
    }
  }
  return undefined;
}
