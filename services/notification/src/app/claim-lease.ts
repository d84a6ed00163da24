import { ClaimLost } from '../domain/errors.ts';

export interface LeaseOptions {
  leaseMs: number;
  /** `performance.now()` before the claim was written, so that this side gives up before another takes over. */
  heldFromMs: number;
  /** False when a claim was lost. */
  renew: () => Promise<boolean>;
}

/**
 * Keeps claims alive while their mails wait, and knows without asking whether they still are: a process that was frozen
 * finds its time gone and begins no mail that another instance may have taken over.
 */
export class ClaimLease {
  readonly #options: LeaseOptions;
  readonly #timer: NodeJS.Timeout;
  #heldUntilMs: number;
  #renewal: Promise<void> | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
    this.#heldUntilMs = options.heldFromMs + options.leaseMs;
    this.#timer = setInterval(() => {
      this.#renewal ??= this.#renew().finally(() => (this.#renewal = undefined));
    }, options.leaseMs / 3);
  }

  /** Throws `ClaimLost`. */
  assertHeld(): void {
    if (performance.now() >= this.#heldUntilMs) throw new ClaimLost();
  }

  /** Resolves when nothing is under way that holds the claims' rows. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewal;
  }

  async #renew(): Promise<void> {
    const fromMs = performance.now();
    if (fromMs >= this.#heldUntilMs) return;
    try {
      const held = await this.#options.renew();
      this.#heldUntilMs = held ? fromMs + this.#options.leaseMs : 0;
    } catch {
      // The database is unavailable: the claims stay valid until their time is over, and the next turn tries again.
    }
  }
}
