import { Processors } from './processors.ts';

/** Commits are looked at over one to two of these; milliseconds. */
const slotMs = 200;
/** What is over sooner is a hiccup. To give way to it makes the next one, when what has waited comes; milliseconds. */
const shortestPeakMs = 400;
/** A peak that lasts longer is the ordinary load: what was accepted has to be carried through all the same. */
const longestPeakMs = 30_000;
/** Share of the processors' time above which nothing is left for others. */
const usedUp = 0.85;

/** What was committed, or acknowledged, at a time. */
export interface Accepted {
  orders: number;
  /** How long the first of them had waited; milliseconds. */
  waitMs: number;
  /** Whether they came so fast that others stood behind them. */
  crowded: boolean;
}

interface Slot {
  orders: number;
  /** Those of them that waited too long, or came in crowds. */
  pressed: number;
}

/**
 * Whether the intake has as much as the machine can do: most of the latest orders came faster than transactions leave
 * by themselves, or waited too long, and not only for a moment; and the processors have no time to spare. Then the work
 * that no acceptance waits for gives way: publishing the outbox, and whatever Kafka brings. That is what an outbox and a
 * log are for: the peak goes there first, and to the others after. A single late commit says nothing: a garbage
 * collection is enough for it. See docs/adr/0011.
 */
export class IntakeLoad {
  private present: Slot = { orders: 0, pressed: 0 };
  private before: Slot = { orders: 0, pressed: 0 };
  private presentBeganAt = -Infinity;
  private peakBeganAt: number | undefined;

  /** `patienceMs`: the longest wait that is all right. */
  constructor(
    private readonly patienceMs: number,
    private readonly processors: Pick<Processors, 'busyShare'> = new Processors(),
  ) {}

  record({ orders, waitMs, crowded }: Accepted, now = performance.now()): void {
    this.turn(now);
    this.present.orders += orders;
    if (crowded || waitMs > this.patienceMs) this.present.pressed += orders;
    this.peakAgeMs(now);
  }

  strained(now = performance.now()): boolean {
    // Looked at each time, so that at the beginning of a peak there is a look that is not long ago.
    const busyShare = this.processors.busyShare(now);
    this.turn(now);
    const age = this.peakAgeMs(now);
    return age !== undefined && age >= shortestPeakMs && age < longestPeakMs && busyShare > usedUp;
  }

  private peakAgeMs(now: number): number | undefined {
    const { present, before } = this;
    if (!isPressed({ orders: present.orders + before.orders, pressed: present.pressed + before.pressed }))
      return undefined;
    this.peakBeganAt ??= now;
    return now - this.peakBeganAt;
  }

  /** A peak ends with a slot of rest. */
  private turn(now: number): void {
    const age = now - this.presentBeganAt;
    if (age < slotMs) return;
    const isRecent = age < 2 * slotMs;
    if (!isRecent || !isPressed(this.present)) this.peakBeganAt = undefined;
    this.before = isRecent ? this.present : { orders: 0, pressed: 0 };
    this.present = { orders: 0, pressed: 0 };
    this.presentBeganAt = now;
  }
}

function isPressed({ orders, pressed }: Slot): boolean {
  return 2 * pressed > orders;
}
