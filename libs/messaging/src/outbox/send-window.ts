import { pauseFor } from '../bounded.ts';

/** Rows of a slot, however urgent everything else is: what publishes nothing at all lets the consumers starve. */
const fewest = 80;
const slotMs = 200;
const lookMs = 20;
const growth = 1.25;

/**
 * How much may leave beside work that is more urgent: so many rows per slot of 200 ms. The window closes at once and
 * follows the demand step by step, as TCP does for the same reason: what leaves returns as work a moment later, so a
 * window that flew open would call for the next closing. (Jacobson, "Congestion Avoidance and Control", SIGCOMM 1988.)
 */
export class SendWindow {
  #rows = fewest;
  #sent = 0;
  #slotEndsAt = -Infinity;

  constructor(
    /** True while there is more urgent work. */
    private readonly giveWay: () => boolean,
    /** Rows of a slot from which on nothing is held back. */
    private readonly widest: number,
  ) {}

  /** Rows that may leave now. */
  allowance(now = performance.now()): number {
    if (now >= this.#slotEndsAt) this.nextSlot(now);
    if (this.giveWay()) this.#rows = Math.min(fewest, this.widest);
    return this.#rows >= this.widest ? this.widest : Math.max(0, this.#rows - this.#sent);
  }

  /** What left. */
  spend(rows: number): void {
    this.#sent += rows;
  }

  /** Waits until some rows may leave: how many. */
  async opening(signal: AbortSignal): Promise<number> {
    for (;;) {
      const rows = this.allowance();
      if (rows > 0 || signal.aborted) return rows;
      await pauseFor(lookMs, signal);
    }
  }

  private nextSlot(now: number): void {
    const wanted = this.#sent >= this.#rows ? this.#rows * growth : this.#rows / growth;
    this.#rows = Math.min(this.widest, Math.max(fewest, Math.ceil(wanted)));
    this.#sent = 0;
    this.#slotEndsAt = now + slotMs;
  }
}
