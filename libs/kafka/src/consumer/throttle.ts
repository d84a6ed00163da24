import { type BackgroundLimit, pauseFor, BackgroundLimiter, TokenBucket } from '@sluice/core';

export interface ThrottleOptions {
  maxRecordsPerSecond?: number;
  backgroundLimit?: BackgroundLimit;
}

/** Records of all partitions in 200 ms from which on nothing is held back. */
const unlimited = 500;

/**
 * Holds back the batches of a consumer, all partitions together. What waits meanwhile fills the partition's queue and
 * then pauses its fetching; heartbeats go on.
 */
export class Throttle {
  readonly #limit: TokenBucket | undefined;
  readonly #limiter: BackgroundLimiter | undefined;

  constructor({ maxRecordsPerSecond, backgroundLimit }: ThrottleOptions = {}) {
    if (maxRecordsPerSecond !== undefined) {
      this.#limit = new TokenBucket({ perSecond: maxRecordsPerSecond, capacity: maxRecordsPerSecond, initial: 0 });
    }
    this.#limiter = backgroundLimit && new BackgroundLimiter(backgroundLimit, unlimited);
  }

  /** Resolves with how many of `wanted` records may be handled now; it may be asked late, when there are more. */
  async admit(wanted: () => number, signal: AbortSignal): Promise<number> {
    const admitted = this.#limiter ? await this.#limiter.take(wanted, signal) : wanted();
    if (!this.#limit) return admitted;
    const { tokens, waitMs } = this.#limit.takeOnCredit(admitted);
    if (waitMs > 0) await pauseFor(waitMs, signal);
    return tokens;
  }
}
