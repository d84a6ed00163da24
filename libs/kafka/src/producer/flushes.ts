interface Flush {
  /** The last that it waits for. */
  readonly upTo: number;
  left: number;
  resolve(): void;
}

/** Callers that wait until everything that was appended before is completed. */
export class Flushes {
  readonly #waiting = new Set<Flush>();

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** Resolves when `left` entries with a sequence of `upTo` or less are completed. */
  wait(upTo: number, left: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add({ upTo, left, resolve });
    return promise;
  }

  advance(completed: readonly { readonly sequence: number }[]): void {
    for (const flush of this.#waiting) {
      for (const { sequence } of completed) if (sequence <= flush.upTo) flush.left -= 1;
      if (flush.left > 0) continue;
      this.#waiting.delete(flush);
      flush.resolve();
    }
  }
}
