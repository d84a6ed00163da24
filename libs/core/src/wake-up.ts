import { timerMs } from './time.ts';

/** A wait that can be ended early. A notification that meets no waiter ends the next wait at once. */
export class WakeUpSignal {
  #isNotified = false;
  #endWait: (() => void) | undefined;

  notify(): void {
    this.#isNotified = true;
    this.#endWait?.();
  }

  /** Resolves after `timeoutMs`, or as soon as it is notified. One caller at a time. */
  async wait(timeoutMs: number): Promise<void> {
    if (!this.#isNotified) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timerMs(timeoutMs));
        this.#endWait = () => (clearTimeout(timer), resolve());
      });
      this.#endWait = undefined;
    }
    this.#isNotified = false;
  }
}
