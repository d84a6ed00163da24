import { Processors } from './processors.ts';

/** What a commit says holds for so long; milliseconds. */
const memoryMs = 100;
/** A peak that lasts longer is the ordinary load: what was accepted has to be carried through all the same. */
const longestPeakMs = 30_000;
/** Share of the processors' time above which nothing is left for others. */
const usedUp = 0.85;

/**
 * Whether the intake has as much as the machine can do: orders come faster than its transactions leave by themselves, or
 * wait too long for them, and the processors have no time to spare. Then the work that nobody waits for, publishing the
 * outbox, gives way. That is what an outbox is for: the peak goes into the table first, and to the others after. See
 * docs/adr/0011.
 */
export class IntakeLoad {
  private peakBeganAt = -Infinity;
  private strainedAt = -Infinity;

  /** `patienceMs`: the longest wait for the commit that is all right. */
  constructor(
    private readonly patienceMs: number,
    private readonly processors: Pick<Processors, 'busyShare'> = new Processors(),
  ) {}

  /** After each commit: how long the first of its requests had waited for it, and whether others stood behind them. */
  record(waitMs: number, crowded = false, now = performance.now()): void {
    if (!crowded && waitMs <= this.patienceMs) return;
    if (!this.remembers(now)) this.peakBeganAt = now;
    this.strainedAt = now;
  }

  strained(now = performance.now()): boolean {
    // Looked at each time, so that at the beginning of a peak there is a look that is not long ago.
    const busyShare = this.processors.busyShare(now);
    return busyShare > usedUp && this.remembers(now) && now - this.peakBeganAt < longestPeakMs;
  }

  private remembers(now: number): boolean {
    return now - this.strainedAt < memoryMs;
  }
}
