import type { BackoffOptions } from '@sluice/core';

export interface RetryOptions {
  /** How often an event is tried before it is dead, in the batch and when deferred; default 10 (2 to 4 minutes), least 2. */
  maxAttempts?: number;
  /** Between those; default 1 s, doubling up to 60 s. */
  backoff?: BackoffOptions;
  /** How often to look for events that are due; default 500. */
  pollMs?: number;
}

export function withDefaults(options: RetryOptions = {}): Required<RetryOptions> {
  const backoff = { initialMs: 1_000, maxMs: 60_000, ...options.backoff };
  return { maxAttempts: 10, pollMs: 500, ...options, backoff };
}
