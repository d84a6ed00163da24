import { setTimeout as sleep } from 'node:timers/promises';

export interface EventuallyOptions {
  /** Default 15,000. */
  timeoutMs?: number;
  /** Pause between two attempts; default 25. */
  intervalMs?: number;
}

/** Repeats `attempt` until it no longer throws, and answers what it answers; after the timeout its last error is thrown. */
export async function eventually<T>(attempt: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<T> {
  const { timeoutMs = 15_000, intervalMs = 25 } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(intervalMs);
    }
  }
}
