import { Processors } from './processors.ts';

/** Commits are looked at over one to two of these; milliseconds. */
const slotMs = 200;
/** A peak that lasts longer is the ordinary load: what was accepted has to be carried through all the same. */
const longestPeakMs = 30_000;
/** Share of the processors' time above which nothing is left for others. */
const usedUp = 0.85;

interface Slot {
  commits: number;
  /** Those of them that requests waited too long for, or stood behind. */
  crowded: number;
}

/**
 * Whether the intake has as much as the machine can do: for most of the latest commits, orders came faster than
 * transactions leave by themselves, or waited too long; and the processors have no time to spare. Then the work that nobody
 * waits for, publishing the outbox, gives way. That is what an outbox is for: the peak goes into the table first, and to
 * the others after. A single late commit says nothing: a garbage collection is enough for it. See docs/adr/0011.
 */
export class IntakeLoad {
  private present: Slot = { commits: 0, crowded: 0 };
  private before: Slot = { commits: 0, crowded: 0 };
  private presentBeganAt = -Infinity;
  private peakBeganAt: number | undefined;

  /** `patienceMs`: the longest wait for the commit that is all right. */
  constructor(
    private readonly patienceMs: number,
    private readonly processors: Pick<Processors, 'busyShare'> = new Processors(),
  ) {}

  /** After each commit: how long the first of its requests had waited for it, and whether others stood behind them. */
  record(waitMs: number, crowded = false, now = performance.now()): void {
    this.turn(now);
    this.present.commits += 1;
    if (crowded || waitMs > this.patienceMs) this.present.crowded += 1;
  }

  strained(now = performance.now()): boolean {
    // Looked at each time, so that at the beginning of a peak there is a look that is not long ago.
    const busyShare = this.processors.busyShare(now);
    if (!this.isPeak(now)) {
      this.peakBeganAt = undefined;
      return false;
    }
    this.peakBeganAt ??= now;
    return busyShare > usedUp && now - this.peakBeganAt < longestPeakMs;
  }

  private isPeak(now: number): boolean {
    this.turn(now);
    const { present, before } = this;
    return 2 * (present.crowded + before.crowded) > present.commits + before.commits;
  }

  private turn(now: number): void {
    const age = now - this.presentBeganAt;
    if (age < slotMs) return;
    const fresh = { commits: 0, crowded: 0 };
    this.before = age < 2 * slotMs ? this.present : fresh;
    this.present = { ...fresh };
    this.presentBeganAt = now;
  }
}
