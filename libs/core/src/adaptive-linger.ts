import { performance } from 'node:perf_hooks';

/** An instant is always busy: the process has just been called. */
const windowMs = 100;

/** Between fetches, and between rounds of a relay. Longer ones save a little at a moderate load and nothing at a full one. */
export const longestLingerMs = 60;

/**
 * Makes deferred work give way to the work that somebody waits for. A round of it costs nearly the same for one record
 * as for a hundred, so the busier the process, the longer the next round waits, and the fuller it is. An idle process
 * waits for nothing.
 */
export class AdaptiveLinger {
  readonly #maxMs: number;
  /** The utilisation is that since then: `windowMs` ago or earlier. */
  #since = performance.eventLoopUtilization();
  #next = this.#since;
  #nextAt = performance.now();

  /** `maxMs`: the wait of a process without any time to spare. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** Milliseconds to wait now, from how busy the event loop was of late. */
  delayMs(): number {
    const now = performance.eventLoopUtilization();
    const at = performance.now();
    if (at - this.#nextAt >= windowMs) {
      this.#since = this.#next;
      this.#next = now;
      this.#nextAt = at;
    }
    const { utilization } = performance.eventLoopUtilization(now, this.#since);
    return this.#maxMs * utilization ** 2;
  }
}
