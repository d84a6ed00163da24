/**
 * What a circuit breaker does while it is open: after a failure one caller per interval may try, and finds out whether the
 * peer has recovered; all others are refused at once, so that they can do something else.
 */
export class HalfOpenProbe {
  readonly #intervalMs: number;
  /** Epoch milliseconds of the next attempt; undefined while the peer is available. */
  #nextAt: number | undefined;

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** The last attempt failed. */
  get isOpen(): boolean {
    return this.#nextAt !== undefined;
  }

  failed(): void {
    this.#nextAt = Date.now() + this.#intervalMs;
  }

  succeeded(): void {
    this.#nextAt = undefined;
  }

  /** Whether the caller may try; a caller that may while the peer is unavailable is the only one of this interval. */
  mayTry(): boolean {
    if (this.#nextAt === undefined) return true;
    if (Date.now() < this.#nextAt) return false;
    this.failed();
    return true;
  }
}
