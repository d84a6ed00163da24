import { performance } from 'node:perf_hooks';

/**
 * Makes deferred work give way to the work that somebody waits for. A round of it costs nearly the same for one record
 * as for a hundred, so the busier the process, the longer the next round waits, and the fuller it is. An idle process
 * waits for nothing.
 */
export class Pace {
  readonly #maxMs: number;
  #seen = performance.eventLoopUtilization();

  /** `maxMs`: the wait of a process without any time to spare. */
  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** Milliseconds to wait now, from how busy the event loop was since the last call. */
  delayMs(): number {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, this.#seen);
    this.#seen = now;
    return this.#maxMs * utilization ** 2;
  }
}
