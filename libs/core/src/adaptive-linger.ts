import { performance } from 'node:perf_hooks';

/** Utilisation is measured over at least this: at any instant the process is busy, because it has just been called. */
const windowMs = 100;

/** Longer ones save a little at a moderate load and nothing at a full one. */
const longestLingerMs = 60;

/**
 * How long deferred work waits, so that requests come first. A round of it costs nearly the same for one record as for a
 * hundred: the busier the process, the longer the next round waits, and the fuller it is. An idle process does not wait.
 */
export class AdaptiveLinger {
  readonly #maxMs: number;
  /** Utilisation is measured from here, which is `windowMs` ago or earlier. */
  #since = performance.eventLoopUtilization();
  #next = this.#since;
  #nextAt = performance.now();

  /** `maxMs`: the wait of a process that is never idle; default 60. */
  constructor(maxMs = longestLingerMs) {
    this.#maxMs = maxMs;
  }

  /** Milliseconds to wait now, from how busy the event loop has been. */
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
