import type { Log } from '@sluice/core';

export interface WatchdogOptions {
  /** Between two checks; default 5,000. */
  intervalMs?: number;
  /** Silence after which the broker is asked; default 15,000. */
  quietMs?: number;
  /** How many checks in a row must find a broker that answers and a client without progress; default 6, so 30 s. */
  strikes?: number;
}

export interface Watched {
  /** Milliseconds since the client last heard from its group's coordinator. */
  idleMs(): number;
  /** Resolves when a broker answers a new connection. */
  probe(): Promise<unknown>;
  onStuck(error: Error): void;
}

/**
 * Finds a client that is alive and makes no progress. Checks are counted, not milliseconds, so that a process that was
 * frozen, or a broker that has just recovered, gets its chance. A broker that is down is no strike.
 */
export class Watchdog {
  readonly #watched: Watched;
  readonly #log: Log;
  readonly #options: Required<WatchdogOptions>;
  readonly #timer: NodeJS.Timeout;
  #strikes = 0;
  #looking = false;

  constructor(watched: Watched, log: Log, options: WatchdogOptions = {}) {
    this.#watched = watched;
    this.#log = log;
    this.#options = { intervalMs: 5_000, quietMs: 15_000, strikes: 6, ...options };
    this.#timer = setInterval(() => void this.#look(), this.#options.intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    this.#strikes = (await this.#isStuckNow()) ? this.#strikes + 1 : 0;
    this.#looking = false;
    if (this.#strikes < this.#options.strikes) return;
    this.stop();
    this.#watched.onStuck(new Error(`no progress for ${this.#watched.idleMs()} ms while a broker answers`));
  }

  async #isStuckNow(): Promise<boolean> {
    if (this.#watched.idleMs() < this.#options.quietMs) return false;
    try {
      await this.#watched.probe();
    } catch (error) {
      this.#log.debug({ err: error }, 'no broker answers the watchdog');
      return false;
    }
    const idleMs = this.#watched.idleMs();
    if (idleMs < this.#options.quietMs) return false;
    this.#log.warn({ idleMs, strikes: this.#strikes + 1 }, 'a broker answers, but the consumer gets no answer');
    return true;
  }
}
