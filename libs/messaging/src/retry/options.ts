import { backoffMs, type BackoffOptions } from '@sluice/core';

export interface RetryOptions {
  /** How often an event is tried before it is dead, in the batch and when deferred; default 10 (2 to 4 minutes), least 2. */
  maxAttempts?: number;
  /**
   * Instead of `maxAttempts`: a deferred event is tried until this long after it was deferred, after pauses of a quarter of
   * the time that has passed, within the limits of `backoff`. Milliseconds; default: `maxAttempts` counts.
   */
  retryForMs?: number;
  /** Between those; default 1 s, doubling up to 60 s. */
  backoff?: BackoffOptions;
  /** How often to look for events that are due; default 500. */
  pollMs?: number;
}

export type Retrying = Required<Omit<RetryOptions, 'retryForMs' | 'backoff'>> & {
  backoff: Required<BackoffOptions>;
  retryForMs: number | undefined;
};

export function withDefaults({ retryForMs, ...options }: RetryOptions = {}): Retrying {
  const backoff = { initialMs: 1_000, maxMs: 60_000, ...options.backoff };
  return { maxAttempts: 10, pollMs: 500, ...options, retryForMs, backoff };
}

/** How long an event that failed waits for its next attempt; undefined when that was the last one. */
export function nextDelayMs(
  { attempts, ageMs }: { attempts: number; ageMs: number },
  { maxAttempts, retryForMs, backoff }: Retrying,
): number | undefined {
  if (retryForMs === undefined) return attempts < maxAttempts ? backoffMs(attempts, backoff) : undefined;
  if (ageMs >= retryForMs) return undefined;
  return Math.min(retryForMs - ageMs, Math.max(backoff.initialMs, Math.min(backoff.maxMs, ageMs / 4)));
}
