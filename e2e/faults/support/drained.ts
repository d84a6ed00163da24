import { setTimeout as sleep } from 'node:timers/promises';

/** How long nothing may happen. */
const stalledMs = 30_000;

/**
 * Resolves when `left` answers 0. How long that takes is the machine's business; it rejects when the number has not
 * fallen for 30 s.
 */
export async function drained(left: () => Promise<number>): Promise<void> {
  let least = Infinity;
  let fellAt = performance.now();
  for (;;) {
    const now = await left();
    if (now === 0) return;
    if (now < least) [least, fellAt] = [now, performance.now()];
    if (performance.now() - fellAt > stalledMs) throw new Error(`${now} are left, and not fewer for ${stalledMs} ms`);
    await sleep(50);
  }
}
