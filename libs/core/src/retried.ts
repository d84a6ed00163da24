import { setTimeout as sleep } from 'node:timers/promises';

const intervalMs = 50;

/**
 * Repeats `attempt` while it rejects with an error that `isTransient`, 50 ms apart. After `timeoutMs` the last error is
 * passed on.
 */
export async function retried<T>(
  attempt: () => Promise<T>,
  isTransient: (error: unknown) => boolean,
  timeoutMs: number,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isTransient(error) || performance.now() > deadline) throw error;
      await sleep(intervalMs);
    }
  }
}
