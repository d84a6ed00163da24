import { Processors } from './processors.ts';

/** Commits are looked at over one to two of these; milliseconds. */
const slotMs = 200;
/** What is over sooner is a hiccup. To give way to it makes the next one, when what has waited comes; milliseconds. */
const shortestPeakMs = 400;
/**
 * `usedUp`: the share of the processors' time above which nothing is left for others. `longestMs`: a peak that lasts
 * longer is the ordinary load, and what was accepted has to be carried through all the same. `giveWay`: how far, as
 * `WorkWindow` has it.
 */
const filling = { usedUp: 0.85, longestMs: 30_000, giveWay: true };
/**
 * Refusals have to be quick, which takes a machine with time to spare: an order that goes on costs several times what a
 * refusal does. And what waits meanwhile is bounded by the limit.
 */
const overflowing = { usedUp: 0.6, longestMs: 120_000, giveWay: 20 };

/** What was committed, or acknowledged, at a time. */
export interface Accepted {
  orders: number;
  /** How long the first of them had waited; milliseconds. */
  waitMs: number;
  /** Whether they came so fast that others stood behind them. */
  crowded: boolean;
}

interface Slot {
  accepted: number;
  /** Those of them that waited too long, or came in crowds. */
  pressed: number;
  /** Turned away, beside them. */
  refused: number;
}

const nothing: Readonly<Slot> = { accepted: 0, pressed: 0, refused: 0 };

/**
 * Whether the intake has as much as the machine can do: most of the latest orders came faster than transactions leave
 * by themselves, or waited too long, or more than a quarter of those that came were turned away, and not only for a
 * moment; and the processors have no time to spare. Then the work that no acceptance waits for gives way: publishing
 * the outbox, and whatever Kafka brings. That is what an outbox and a log are for: the peak goes there first, and to the
 * others after. A single late commit says nothing: a garbage collection is enough for it. See docs/adr/0011.
 */
export class IntakeLoad {
  private present: Slot = { ...nothing };
  private before: Readonly<Slot> = nothing;
  private presentBeganAt = -Infinity;
  private peakBeganAt: number | undefined;

  /** `patienceMs`: the longest wait that is all right. */
  constructor(
    private readonly patienceMs: number,
    private readonly processors: Pick<Processors, 'busyShare'> = new Processors(),
  ) {}

  record({ orders, waitMs, crowded }: Accepted, now = performance.now()): void {
    this.turn(now);
    this.present.accepted += orders;
    if (crowded || waitMs > this.patienceMs) this.present.pressed += orders;
    this.peakAgeMs(now);
  }

  /** An order was turned away because more came than are taken. */
  refuse(now = performance.now()): void {
    this.turn(now);
    this.present.refused += 1;
    this.peakAgeMs(now);
  }

  strained(now = performance.now()): boolean {
    // Looked at each time, so that at the beginning of a peak there is a look that is not long ago.
    const busyShare = this.processors.busyShare(now);
    this.turn(now);
    const age = this.peakAgeMs(now);
    const { usedUp, longestMs } = this.kind;
    return age !== undefined && age >= shortestPeakMs && age < longestMs && busyShare > usedUp;
  }

  /** How far the work behind gives way: further while orders are turned away. */
  giveWay(now = performance.now()): boolean | number {
    return this.strained(now) && this.kind.giveWay;
  }

  private get kind(): typeof filling | typeof overflowing {
    return overflows(this.latest) ? overflowing : filling;
  }

  private get latest(): Slot {
    const { present, before } = this;
    return {
      accepted: present.accepted + before.accepted,
      pressed: present.pressed + before.pressed,
      refused: present.refused + before.refused,
    };
  }

  private peakAgeMs(now: number): number | undefined {
    if (!isPressed(this.latest)) return undefined;
    this.peakBeganAt ??= now;
    return now - this.peakBeganAt;
  }

  /** A peak ends with a slot of rest. */
  private turn(now: number): void {
    const age = now - this.presentBeganAt;
    if (age < slotMs) return;
    const isRecent = age < 2 * slotMs;
    if (!isRecent || !isPressed(this.present)) this.peakBeganAt = undefined;
    this.before = isRecent ? this.present : nothing;
    this.present = { ...nothing };
    this.presentBeganAt = now;
  }
}

function isPressed(slot: Slot): boolean {
  return 2 * slot.pressed > slot.accepted || overflows(slot);
}

/** One that is refused now and then is no overload. */
function overflows({ accepted, refused }: Slot): boolean {
  return 3 * refused > accepted;
}
