import type { Capacity } from './capacity.ts';

/** One mail in progress at the provider. */
export interface Slot {
  /** When the reply to DATA is due, on `performance.now`'s clock. */
  readonly dueAtMs: number;
  /** False once the client dropped the mail without DATA, e.g. by RSET; the slot is free then. */
  readonly inUse: () => boolean;
}

/** A process that was frozen must not catch up with a burst. */
const maxCreditMs = 5;

/** The provider's capacity: held slots, refusals, the most slots held at a time. */
export class Slots {
  capacity: Capacity;
  refusals = 0;
  maxConcurrency = 0;
  readonly #held = new Set<Slot>();
  readonly #now: () => number;

  constructor(capacity: Capacity, now: () => number = () => performance.now()) {
    this.capacity = capacity;
    this.#now = now;
  }

  /**
   * Undefined when all slots are taken; that is counted as a refusal. `lateMs` is how late the connection's last reply
   * was: that much less is waited now, so that timers, which count whole milliseconds, don't lower the rate.
   */
  take(inUse: () => boolean, lateMs = 0): Slot | undefined {
    if (this.#held.size >= this.capacity.slots && this.active >= this.capacity.slots) {
      this.refusals += 1;
      return undefined;
    }
    const { latencyMs } = this.capacity;
    const creditMs = Math.min(lateMs, maxCreditMs, latencyMs / 4);
    const slot = { dueAtMs: this.#now() + latencyMs - creditMs, inUse };
    this.#held.add(slot);
    if (this.#held.size > this.maxConcurrency) this.maxConcurrency = Math.max(this.maxConcurrency, this.active);
    return slot;
  }

  release(slot: Slot): void {
    this.#held.delete(slot);
  }

  get active(): number {
    for (const slot of this.#held) {
      if (!slot.inUse()) this.#held.delete(slot);
    }
    return this.#held.size;
  }

  resetStats(): void {
    this.refusals = 0;
    this.maxConcurrency = this.active;
  }
}
