import { pauseFor } from '../bounded.ts';
import { InTurn } from '../drivers/one-at-a-time.ts';

/** What hangs must not keep everything else from running for ever. */
const defaultPatienceMs = 5_000;

/** How many of a kind are there, and a promise for when they are gone. */
class Presence {
  #count = 0;
  #gone = new AbortController();

  get isNone(): boolean {
    return this.#count === 0;
  }

  enter(): void {
    if (this.#count++ === 0) this.#gone = new AbortController();
  }

  leave(): void {
    if (--this.#count === 0) this.#gone.abort();
  }

  async gone(patienceMs: number): Promise<void> {
    if (!this.isNone) await pauseFor(patienceMs, this.#gone.signal);
  }
}

/**
 * For a whole process: a suspect is tried alone, and all other work waits while there are any. So a process that dies
 * meanwhile died of the suspect or of something outside; and one that is killed because of what the others do, be it
 * memory or time, does not make a suspect guilty.
 */
export class Quarantine {
  readonly #turns = new InTurn();
  readonly #suspects = new Presence();
  readonly #others = new Presence();
  readonly #patienceMs: number;

  /** `patienceMs`: longest wait for work of the other kind. */
  constructor(patienceMs = defaultPatienceMs) {
    this.#patienceMs = patienceMs;
  }

  /** Suspects take turns. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    this.#suspects.enter();
    try {
      return await this.#turns.run(async () => {
        await this.#others.gone(this.#patienceMs);
        return await work();
      });
    } finally {
      // A moment later, because the next record of the same partition is a suspect too.
      setImmediate(() => this.#suspects.leave());
    }
  }

  /** Beside other work of this kind. */
  async together<T>(work: () => Promise<T>): Promise<T> {
    await this.#suspects.gone(this.#patienceMs);
    this.#others.enter();
    try {
      return await work();
    } finally {
      this.#others.leave();
    }
  }
}
