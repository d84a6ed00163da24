import { setImmediate } from 'node:timers/promises';
import { backoffMs, pauseFor, type BackoffOptions } from './time.ts';
import { WakeUpSignal } from './wake-up.ts';

export interface RunLoopOptions {
  /** Pause after a round that left nothing to do; `wake` ends it. Milliseconds. */
  everyMs: number;
  /** Pause after failures; default 100 ms, doubling up to 5 s. Nothing but `stop` ends it early. */
  backoff?: BackoffOptions;
  /** Called with each failure, and how many there were in a row. */
  onFailure: (error: unknown, failures: number) => void;
}

/** Calls `round` for as long as it runs, one at a time. A round returns whether there is more to do at once. */
export class RunLoop {
  readonly #round: (signal: AbortSignal) => Promise<boolean>;
  readonly #options: RunLoopOptions;
  readonly #stopping = new AbortController();
  readonly #wakeUp = new WakeUpSignal();
  #running: Promise<void> | undefined;

  /** `round` gets a signal that is aborted by `stop`. */
  constructor(round: (signal: AbortSignal) => Promise<boolean>, options: RunLoopOptions) {
    this.#round = round;
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There is something to do: the next round begins at once. */
  wake(): void {
    this.#wakeUp.notify();
  }

  /** Resolves after the round under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wakeUp.notify();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { everyMs, backoff, onFailure } = this.#options;
    const { signal } = this.#stopping;
    for (let failures = 0; !signal.aborted;) {
      try {
        const hasMore = await this.#round(signal);
        failures = 0;
        if (hasMore) await setImmediate();
        else await this.#wakeUp.wait(everyMs);
      } catch (error) {
        failures += 1;
        onFailure(error, failures);
        await pauseFor(backoffMs(failures, backoff), signal);
      }
    }
  }
}
