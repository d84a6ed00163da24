import { timerMs } from './time.ts';

export interface LeaseOptions {
  /** How long it lasts without a renewal; milliseconds. */
  ttlMs: number;
  /** `performance.now()` from before the request that took it. */
  heldFromMs: number;
  /** Resolves with false when another holds it by now. What it rejects with is tried again while the time lasts. */
  renew: () => Promise<boolean>;
  /** Called once, when a renewal finds that another holds it. */
  onLost?: () => void;
  /** Called with what `renew` rejects with. */
  onFailure?: (error: unknown) => void;
}

/**
 * The right to do something for a bounded time, renewed three times as often as it needs to be. The holder counts on the
 * monotonic clock from before each request, so it stops before another may begin, whatever the wall clocks say.
 */
export class Lease {
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #heldUntilMs: number;
  /** Ended or lost: it is never held again. */
  #isOver = false;
  #renewing: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#heldUntilMs = options.heldFromMs + options.ttlMs;
    this.#timer = setInterval(
      () => {
        this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined));
      },
      timerMs(options.ttlMs / 3),
    );
  }

  get isHeld(): boolean {
    return !this.#isOver && performance.now() < this.#heldUntilMs;
  }

  /** Renews it no more. Resolves after the renewal under way. */
  async end(): Promise<void> {
    this.#finish();
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const { renew, ttlMs, onLost, onFailure } = this.#options;
    const fromMs = performance.now();
    // What ran out may be another's by now.
    if (!this.isHeld) return this.#finish();
    try {
      if (await renew()) this.#heldUntilMs = fromMs + ttlMs;
      else if (!this.#isOver) {
        this.#finish();
        onLost?.();
      }
    } catch (error) {
      onFailure?.(error);
    }
  }

  #finish(): void {
    clearInterval(this.#timer);
    this.#isOver = true;
  }
}
