/** A wait that can be ended early. A ring that nobody waits for ends the next wait at once. */
export class WakeUpSignal {
  private rung = false;
  private answer: (() => void) | undefined;

  notify(): void {
    this.rung = true;
    this.answer?.();
  }

  /** Resolves after `timeoutMs`, or as soon as it rings. One caller at a time. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.rung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.answer = () => (clearTimeout(timer), resolve());
      });
      this.answer = undefined;
    }
    this.rung = false;
  }
}
