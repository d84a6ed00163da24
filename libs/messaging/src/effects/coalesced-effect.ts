import type { Outcome } from '../processing/bisect.ts';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectRunner } from '../processing/effect-runner.ts';

interface Batch {
  deliveries: readonly Delivery[];
  resolve: (outcome: Outcome<Delivery>) => void;
  reject: (error: unknown) => void;
}

export interface CoalescingOptions {
  /** Events that take effect together at most, unless one batch alone has more. */
  maxEvents: number;
  /** Calls of the runner that are under way at most, where more of them could not have a connection. */
  maxCalls: number;
}

/**
 * Batches of several partitions that are ready at the same moment take effect together: a fetch brings a few records of
 * each partition, and half a dozen small transactions cost half a dozen times what one of all records does. A batch
 * waits for a free connection, never for batch mates.
 */
export class CoalescedEffect implements EffectRunner {
  readonly #ready: Batch[] = [];
  #calls = 0;
  #scheduled = false;

  constructor(
    private readonly runner: EffectRunner,
    private readonly options: CoalescingOptions,
  ) {}

  run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>> {
    return new Promise((resolve, reject) => {
      this.#ready.push({ deliveries, resolve, reject });
      this.#schedule();
    });
  }

  giveUp(failed: FailedRecord): Promise<void> {
    return this.runner.giveUp(failed);
  }

  /** Waits until the other partitions of the same fetch are ready. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#runReady();
    });
  }

  #runReady(): void {
    while (this.#ready.length > 0 && this.#calls < this.options.maxCalls) {
      this.#calls += 1;
      const batches = this.#next();
      const isAttempt = batches.length > 1 && this.runner.attempt !== undefined;
      void (isAttempt ? this.#attemptTogether(batches) : this.#runTogether(batches)).finally(() => {
        this.#calls -= 1;
        this.#schedule();
      });
    }
  }

  /** The oldest batches; at least one. */
  #next(): Batch[] {
    let events = 0;
    const over = this.#ready.findIndex(({ deliveries }, i) => {
      events += deliveries.length;
      return i > 0 && events > this.options.maxEvents;
    });
    return this.#ready.splice(0, over === -1 ? this.#ready.length : over);
  }

  /** Never rejects: every batch gets the outcome of its own events, and all of them an error that concerns no event. */
  async #runTogether(batches: readonly Batch[]): Promise<void> {
    try {
      const outcome = await this.runner.run(batches.flatMap(({ deliveries }) => deliveries));
      for (const { deliveries, resolve } of batches) {
        resolve({ ...outcome, rejected: outcome.rejected.filter(({ item }) => deliveries.includes(item)) });
      }
    } catch (error) {
      for (const { reject } of batches) reject(error);
    }
  }

  /** Never rejects. When it fails, each batch runs again alone and finds out whose event it was. */
  async #attemptTogether(batches: readonly Batch[]): Promise<void> {
    try {
      const rejected = await this.runner.attempt!(batches.flatMap(({ deliveries }) => deliveries));
      for (const { deliveries, resolve } of batches) {
        resolve({ rejected: rejected.filter(({ item }) => deliveries.includes(item)) });
      }
    } catch {
      await Promise.all(batches.map((batch) => this.#runTogether([batch])));
    }
  }
}
