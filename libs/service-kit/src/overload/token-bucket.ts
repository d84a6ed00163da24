/** Share of a second's tokens that may be taken at once: bursts are smoothed. */
const burstSeconds = 0.1;

/** Earns `ratePerSecond` tokens a second and keeps at most a tenth of that, at least one. */
export class TokenBucket {
  private readonly capacity: number;
  private tokens: number;
  private at: number;

  constructor(
    private readonly ratePerSecond: number,
    now = performance.now(),
  ) {
    this.capacity = Math.max(1, ratePerSecond * burstSeconds);
    this.tokens = this.capacity;
    this.at = now;
  }

  /** Whether there was one; `now` in milliseconds of performance.now(). */
  take(now = performance.now()): boolean {
    this.tokens = Math.min(this.capacity, this.tokens + ((now - this.at) / 1_000) * this.ratePerSecond);
    this.at = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
