import { SerialQueue } from './serial-queue.ts';
import { pauseFor } from './time.ts';

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

  async gone(longestWaitMs: number): Promise<void> {
    if (!this.isNone) await pauseFor(longestWaitMs, this.#gone.signal);
  }
}

/**
 * For a whole process: a suspected record is tried alone, and all other work waits as long as there are any. So a process
 * that crashes meanwhile crashed because of that record or of something outside; and one that is killed because of what
 * the others do, be it memory or time, does not count against the record.
 */
export class SerialMode {
  readonly #longestWaitMs: number;
  readonly #turns = new SerialQueue();
  readonly #alone = new Presence();
  readonly #together = new Presence();

  /** `longestWaitMs`: for work of the other kind; work that hangs must not stop all other work for ever. */
  constructor(longestWaitMs = 5_000) {
    this.#longestWaitMs = longestWaitMs;
  }

  /** One suspected record at a time. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    this.#alone.enter();
    try {
      return await this.#turns.run(async () => {
        await this.#together.gone(this.#longestWaitMs);
        return await work();
      });
    } finally {
      // A moment later, because the next record of the same partition is suspected too.
      setImmediate(() => this.#alone.leave());
    }
  }

  /** Concurrently with other work of this kind. */
  async together<T>(work: () => Promise<T>): Promise<T> {
    await this.#alone.gone(this.#longestWaitMs);
    this.#together.enter();
    try {
      return await work();
    } finally {
      this.#together.leave();
    }
  }
}
