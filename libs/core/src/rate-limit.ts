export interface Admission {
  records: number;
  /** How long they are to wait. */
  waitMs: number;
}

/**
 * A token bucket of records per second. Whoever comes is told at once how many it may have and when, and pays for them
 * then; so those who share it get their turns in order. Bunches of a tenth of a second, because a batch costs nearly
 * the same for one record as for many. What was not used is kept for a second.
 */
export class RateLimit {
  readonly #perSecond: number;
  #tokens = 0;
  #at: number;

  constructor(perSecond: number, now = performance.now()) {
    this.#perSecond = perSecond;
    this.#at = now;
  }

  take(wanted: number, now = performance.now()): Admission {
    const earned = ((now - this.#at) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(this.#perSecond, this.#tokens + earned);
    this.#at = now;
    const bunch = Math.ceil(this.#perSecond / 10);
    const records = Math.min(wanted, Math.max(bunch, Math.floor(this.#tokens)));
    this.#tokens -= records;
    return { records, waitMs: Math.max(0, (-this.#tokens * 1_000) / this.#perSecond) };
  }
}
