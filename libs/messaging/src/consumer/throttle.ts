import { pauseFor } from '../bounded.ts';
import { RateLimit } from './rate-limit.ts';

export interface ThrottleOptions {
  maxRecordsPerSecond?: number;
  giveWay?: () => boolean;
}

const lookMs = 20;
/** However urgent everything else is: what consumes nothing at all lets its own users wait. */
const longestYieldMs = 500;

/**
 * Holds back the batches of a consumer, all partitions together. What waits meanwhile fills the partition's queue and
 * then pauses its fetching; heartbeats go on.
 */
export class Throttle {
  readonly #limit: RateLimit | undefined;
  readonly #giveWay: (() => boolean) | undefined;

  constructor({ maxRecordsPerSecond, giveWay }: ThrottleOptions = {}) {
    this.#limit = maxRecordsPerSecond === undefined ? undefined : new RateLimit(maxRecordsPerSecond);
    this.#giveWay = giveWay;
  }

  /** Resolves with how many of `wanted` records may be handled now; it may be asked late, when there are more. */
  async admit(wanted: () => number, signal: AbortSignal): Promise<number> {
    if (this.#giveWay) await this.#yield(this.#giveWay, signal);
    if (!this.#limit) return wanted();
    const { records, waitMs } = this.#limit.take(wanted());
    if (waitMs > 0) await pauseFor(waitMs, signal);
    return records;
  }

  async #yield(giveWay: () => boolean, signal: AbortSignal): Promise<void> {
    const until = performance.now() + longestYieldMs;
    while (giveWay() && !signal.aborted && performance.now() < until) await pauseFor(lookMs, signal);
  }
}
