import { AppError } from '../errors.ts';

interface Waiter {
  readonly bytes: number;
  grant(): void;
}

/**
 * Kafka's `buffer.memory`: bounds the bytes that are accepted and not settled. Who finds it full waits, in order, so that
 * a small record can't overtake a large one of the same caller.
 */
export class BufferMemory {
  readonly #capacity: number;
  readonly #maxBlockMs: number;
  readonly #waiters = new Set<Waiter>();
  #used = 0;

  constructor(capacity: number, maxBlockMs: number) {
    this.#capacity = capacity;
    this.#maxBlockMs = maxBlockMs;
  }

  get used(): number {
    return this.#used;
  }

  /** Undefined when there was room; else a promise that rejects with `unavailable` after `maxBlockMs`. */
  acquire(bytes: number): Promise<void> | undefined {
    if (this.#waiters.size === 0 && this.#fits(bytes)) {
      this.#used += bytes;
      return undefined;
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes,
        grant: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(
          new AppError('unavailable', 'producer-full', `no room in the producer's buffer for ${this.#maxBlockMs} ms`),
        );
        this.#grant();
      }, this.#maxBlockMs);
      this.#waiters.add(waiter);
    });
  }

  release(bytes: number): void {
    this.#used -= bytes;
    this.#grant();
  }

  #grant(): void {
    for (const waiter of this.#waiters) {
      if (!this.#fits(waiter.bytes)) return;
      this.#waiters.delete(waiter);
      this.#used += waiter.bytes;
      waiter.grant();
    }
  }

  /** A record larger than the whole buffer passes when it is alone. */
  #fits(bytes: number): boolean {
    return this.#used === 0 || this.#used + bytes <= this.#capacity;
  }
}
