import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from './errors.ts';

/**
 * Passes on what `work` does, or rejects with an `unavailable` error after `timeoutMs`. The work itself goes on; what it
 * does later is ignored, so only use it where that is harmless.
 */
export async function withTimeout<T>(work: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expiry = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new AppError('unavailable', 'timed-out', `${what} took longer than ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    return await Promise.race([work, expiry]);
  } finally {
    clearTimeout(timer);
  }
}

/** Waits, or returns at once when `signal` is or gets aborted. */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await sleep(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
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
