import { pauseFor } from './time.ts';

/** Whether there is more urgent work; a number: so urgent that no more than so many records per 200 ms go beside it. */
export type GiveWay = () => boolean | number;

/** Records of a slot unless `GiveWay` tells another number. */
const fewest = 80;
const slotMs = 200;
const lookMs = 20;
const growth = 1.5;

/**
 * How much may be done beside work that is more urgent: everything, while there is none. When there is some the window
 * closes at once to so many records per slot of 200 ms, and after it opens by half with each slot, step by step as TCP's
 * does and for the same reason: what is done returns as work a moment later, so a window that flew open would call for
 * the next closing. (Jacobson, "Congestion Avoidance and Control", SIGCOMM 1988.)
 */
export class WorkWindow {
  readonly #giveWay: GiveWay;
  readonly #widest: number;
  #width: number;
  #done = 0;
  #slotEndsAt = -Infinity;

  /** `widest`: records of a slot from which on nothing is held back. */
  constructor(giveWay: GiveWay, widest: number) {
    this.#giveWay = giveWay;
    this.#widest = widest;
    this.#width = widest;
  }

  /** Records that may be taken now. */
  allowance(now = performance.now()): number {
    if (now >= this.#slotEndsAt) this.nextSlot(now);
    const urgent = this.#giveWay();
    // Never to nothing, those that wait for them must not starve; and half as many again has to be one more.
    if (urgent !== false) this.#width = Math.min(urgent === true ? fewest : Math.max(2, urgent), this.#widest);
    return this.#width >= this.#widest ? this.#widest : Math.max(0, this.#width - this.#done);
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

  /** The window opens also while nobody looks. */
  private nextSlot(now: number): void {
    const slots = 1 + Math.floor((now - this.#slotEndsAt) / slotMs);
    this.#width = Math.min(this.#widest, Math.floor(this.#width * growth ** slots));
    this.#done = 0;
    this.#slotEndsAt = now + slotMs;
  }
}
