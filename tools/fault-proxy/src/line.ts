import { timerMs } from '@sluice/core';
import type { Faults } from './faults.ts';

/** A chunk is delivered in slices of at most this long, so that a narrow line moves evenly. */
const sliceMs = 20;

/** One direction of the line, shared by all connections: decides when bytes may be delivered. */
export class Line {
  #faults: Faults;
  #freeAtMs = 0;
  readonly #changed = new Set<() => void>();

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  set faults(faults: Faults) {
    this.#faults = faults;
    for (const wake of this.#changed) wake();
  }

  /** How many of `length` bytes may be delivered at once. */
  slice(length: number): number {
    const { bandwidthBytesPerS } = this.#faults;
    if (bandwidthBytesPerS === null) return length;
    return Math.max(1, Math.min(length, Math.floor((bandwidthBytesPerS * sliceMs) / 1000)));
  }

  /** Resolves when bytes that came in at `arrivedAtMs` have passed; at once when `signal` is aborted. */
  async pass(length: number, arrivedAtMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#faults.freeze) await this.#wait(Number.POSITIVE_INFINITY, signal);
    const { bandwidthBytesPerS } = this.#faults;
    if (bandwidthBytesPerS !== null) {
      this.#freeAtMs = Math.max(this.#freeAtMs, performance.now()) + (length / bandwidthBytesPerS) * 1000;
    }
    const narrowUntilMs = bandwidthBytesPerS === null ? 0 : this.#freeAtMs;
    for (;;) {
      const { freeze, latencyMs } = this.#faults;
      // A line that was widened meanwhile releases what the narrow one held.
      const narrow = this.#faults.bandwidthBytesPerS === bandwidthBytesPerS ? narrowUntilMs : 0;
      const leftMs = Math.max(arrivedAtMs + latencyMs / 2, narrow) - performance.now();
      if (signal.aborted || (!freeze && leftMs <= 0)) return;
      await this.#wait(freeze ? Number.POSITIVE_INFINITY : leftMs, signal);
    }
  }

  /** Until the time has passed, the faults change or the connection ends. */
  #wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#changed.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const timer = Number.isFinite(ms) ? setTimeout(wake, timerMs(Math.ceil(ms))) : undefined;
      this.#changed.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
