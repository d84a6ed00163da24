import { pauseFor } from './time.ts';

/** How many records per second background work may take now; undefined: no limit. Called often, so it must be quick. */
export type BackgroundLimit = () => number | undefined;

const slotMs = 200;
const pollMs = 20;
const growth = 1.5;

/**
 * Holds background work to a limit that comes and goes. When there is one, it applies at once. When it is gone, the work
 * grows by half with each slot of 200 ms instead of at once: what is processed causes more work a moment later, and a
 * sudden wave of it would bring the next limit. (The same reason and the same remedy as in TCP: Jacobson, "Congestion
 * Avoidance and Control", SIGCOMM 1988.)
 */
export class BackgroundLimiter {
  readonly #limit: BackgroundLimit;
  readonly #unlimited: number;
  /** Records that the present slot may take. */
  #width: number;
  #taken = 0;
  #slotEndsAt = -Infinity;

  /** `unlimited`: records of a slot from which on nothing is held back. */
  constructor(limit: BackgroundLimit, unlimited: number) {
    this.#limit = limit;
    this.#unlimited = unlimited;
    this.#width = unlimited;
  }

  /** Records that may be taken now. */
  allowance(now = performance.now()): number {
    if (now >= this.#slotEndsAt) this.#nextSlot(now);
    const perSecond = this.#limit();
    if (perSecond !== undefined) this.#width = this.#widthOf(perSecond);
    return this.#width >= this.#unlimited ? this.#unlimited : Math.max(0, this.#width - this.#taken);
  }

  /** Counts records that were taken. */
  spend(records: number): void {
    this.#taken += records;
  }

  /** Waits until some may be taken: how many. */
  opening(signal: AbortSignal): Promise<number> {
    return this.#whenOpen((records) => records, signal);
  }

  /** Waits until some may be taken and takes them, at most as many as are `wanted` by then; at least one. */
  take(wanted: () => number, signal: AbortSignal): Promise<number> {
    return this.#whenOpen((records) => {
      const taken = Math.min(wanted(), Math.max(1, records));
      this.spend(taken);
      return taken;
    }, signal);
  }

  /** Never nothing, or clients of the background work would starve; and at least two, so that it can grow by half. */
  #widthOf(perSecond: number): number {
    return Math.min(this.#unlimited, Math.max(2, Math.round((perSecond * slotMs) / 1_000)));
  }

  /** `then` runs at once, before another that waits can look. */
  async #whenOpen(then: (records: number) => number, signal: AbortSignal): Promise<number> {
    for (;;) {
      const records = this.allowance();
      if (records > 0 || signal.aborted) return then(records);
      await pauseFor(pollMs, signal);
    }
  }

  /** It grows also while nothing is asked for. */
  #nextSlot(now: number): void {
    const slots = 1 + Math.floor((now - this.#slotEndsAt) / slotMs);
    this.#width = Math.min(this.#unlimited, Math.floor(this.#width * growth ** slots));
    this.#taken = 0;
    this.#slotEndsAt = now + slotMs;
  }
}
