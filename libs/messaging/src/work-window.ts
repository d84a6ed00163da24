import { pauseFor } from './bounded.ts';

/** Records of a slot, however urgent everything else is: those that wait for them must not starve. */
const fewest = 80;
/** Records of a slot while nothing is urgent, before it is known how many there will be: no wave to speak of. */
const atRest = 160;
const slotMs = 200;
const lookMs = 20;
const growth = 1.4;

/**
 * How much may be done beside work that is more urgent: so many records per slot of 200 ms. The window closes at once,
 * opens to its width at rest when nothing is urgent any more, and grows by two fifths with each slot that was used up,
 * step by step as TCP's does and for the same reason: what is done returns as work a moment later, so a window that flew
 * open would call for the next closing. (Jacobson, "Congestion Avoidance and Control", SIGCOMM 1988.)
 */
export class WorkWindow {
  #width = atRest;
  #done = 0;
  #slotEndsAt = -Infinity;

  constructor(
    /** True while there is more urgent work. */
    private readonly giveWay: () => boolean,
    /** Records of a slot from which on nothing is held back. */
    private readonly widest: number,
  ) {}

  /** Records that may be taken now. */
  allowance(now = performance.now()): number {
    if (now >= this.#slotEndsAt) this.nextSlot(now);
    if (this.giveWay()) this.#width = Math.min(fewest, this.widest);
    return this.#width >= this.widest ? this.widest : Math.max(0, this.#width - this.#done);
  }

  /** What was taken. */
  spend(records: number): void {
    this.#done += records;
  }

  /** Waits until some may be taken: how many. */
  opening(signal: AbortSignal): Promise<number> {
    return this.whenOpen((records) => records, signal);
  }

  /** Waits until some may be taken and takes them, at most as many as are `wanted` by then; at least one. */
  take(wanted: () => number, signal: AbortSignal): Promise<number> {
    return this.whenOpen((records) => {
      const taken = Math.min(wanted(), Math.max(1, records));
      this.spend(taken);
      return taken;
    }, signal);
  }

  /** `then` runs at once, before anyone else who waits can look. */
  private async whenOpen(then: (records: number) => number, signal: AbortSignal): Promise<number> {
    for (;;) {
      const records = this.allowance();
      if (records > 0 || signal.aborted) return then(records);
      await pauseFor(lookMs, signal);
    }
  }

  private nextSlot(now: number): void {
    const usedUp = this.#done >= this.#width;
    const wanted = Math.max(atRest, usedUp ? this.#width * growth : this.#width / growth);
    this.#width = Math.min(this.widest, Math.ceil(wanted));
    this.#done = 0;
    this.#slotEndsAt = now + slotMs;
  }
}
