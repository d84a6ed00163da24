/** A commit says something about the present for so long; milliseconds. */
const memoryMs = 100;

/**
 * Whether those who wait at the intake wait too long: then the work that nobody waits for, publishing the outbox, gives
 * way. That is what an outbox is for: the peak goes into the table first, and to the others after. See docs/adr/0003.
 */
export class IntakeLoad {
  private waitMs = 0;
  private at = -Infinity;

  /** `patienceMs`: the longest wait for the commit that is all right. */
  constructor(private readonly patienceMs: number) {}

  /** After each commit: how long the first of its requests had waited for it. */
  record(waitMs: number, now = performance.now()): void {
    this.waitMs = waitMs;
    this.at = now;
  }

  strained(now = performance.now()): boolean {
    return this.waitMs > this.patienceMs && now - this.at < memoryMs;
  }
}
