import { AppError } from './errors.ts';

export interface SemaphoreOptions {
  /** Named in the error, e.g. `releases`. */
  name: string;
  /** Works that may wait for their turn; one more is shed. */
  maxQueued: number;
}

/** Lets `slots` works run at a time; the others wait, first in first out, without a bound unless there are options. */
export class Semaphore {
  readonly #slots: number;
  readonly #options: SemaphoreOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(slots: number, options: SemaphoreOptions = { name: '', maxQueued: Infinity }) {
    this.#slots = slots;
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#waiting.length;
  }

  /** Throws an `unavailable` AppError when the queue is full: the work was not begun. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const { name, maxQueued } = this.#options;
    if (this.#running < this.#slots) this.#running += 1;
    else if (this.#waiting.length < maxQueued) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else throw new AppError('unavailable', 'overloaded', `The queue of ${name} is full; nothing was accepted.`);
    try {
      return await work();
    } finally {
      // The slot goes straight to the next one, so that no newcomer can overtake.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
