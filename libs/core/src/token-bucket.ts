export interface TokenBucketOptions {
  /** Tokens earned per second. */
  perSecond: number;
  /** Tokens kept at most, of those that were earned and not taken; at least 1. */
  capacity: number;
  /** Tokens at first; default: `capacity`. */
  initial?: number;
}

export interface Credit {
  tokens: number;
  /** Milliseconds to wait before they are used. */
  waitMs: number;
}

/**
 * A limit per second. `take` is for work that is shed beyond the limit, `takeOnCredit` for work that waits.
 * `now`: milliseconds of `performance.now()`.
 */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #at: number;

  constructor({ perSecond, capacity, initial = capacity }: TokenBucketOptions, now = performance.now()) {
    this.#perSecond = perSecond;
    this.#capacity = capacity;
    this.#tokens = initial;
    this.#at = now;
  }

  /** Takes a token; false when there is none. */
  take(now = performance.now()): boolean {
    this.#earn(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * Up to `wanted` tokens: those that are there, and at least a tenth of a second's, which may have to be earned first.
   * Callers that share the bucket get theirs in the order of their calls. (A tenth of a second, because a batch costs
   * nearly the same for one record as for many.)
   */
  takeOnCredit(wanted: number, now = performance.now()): Credit {
    this.#earn(now);
    const bunch = Math.ceil(this.#perSecond / 10);
    const tokens = Math.min(wanted, Math.max(bunch, Math.floor(this.#tokens)));
    this.#tokens -= tokens;
    return { tokens, waitMs: Math.max(0, (-this.#tokens * 1_000) / this.#perSecond) };
  }

  #earn(now: number): void {
    const earned = ((now - this.#at) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(this.#capacity, this.#tokens + earned);
    this.#at = now;
  }
}
