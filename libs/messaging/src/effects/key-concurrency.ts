import type { Failure, Outcome } from '../processing/bisect.ts';
import type { FailedRecord } from '../dead-letters/dead-letter-writer.ts';
import type { Delivery } from '../processing/delivery.ts';
import type { EffectRunner } from '../processing/effect-runner.ts';

/**
 * Lets several keys of a batch take effect at a time, each as an effect of its own, in the order of its events. The
 * offset can move only up to the first event that isn't processed. So once an event is stuck, nothing behind it is
 * begun: it would be tried again with each attempt at that event. What was under way is known to the inbox by then.
 */
export class KeyConcurrency implements EffectRunner {
  /** `keys`: how many at a time. */
  constructor(
    private readonly runner: EffectRunner,
    private readonly keys: number,
  ) {}

  async run(deliveries: readonly Delivery[]): Promise<Outcome<Delivery>> {
    const batch = new BatchOfKeys(this.runner);
    // One iterator for all: each takes the key that is next.
    const parts = Map.groupBy(deliveries, ({ event }) => event.key).values();
    const work = async (): Promise<void> => {
      for (const part of parts) if (!(await batch.run(part))) return;
    };
    await Promise.all(Array.from({ length: this.keys }, work));
    return batch.outcome();
  }

  giveUp(failed: FailedRecord): Promise<void> {
    return this.runner.giveUp(failed);
  }
}

class BatchOfKeys {
  readonly #rejected: Failure<Delivery>[] = [];
  #stuck: Failure<Delivery> | undefined;
  #outage: { error: unknown } | undefined;

  constructor(private readonly runner: EffectRunner) {}

  /** Never rejects: nothing may be under way when the batch is run again. False when no key is to follow. */
  async run(part: readonly Delivery[]): Promise<boolean> {
    const stuckAt = this.#stuck?.item.record.offset;
    const begun = stuckAt === undefined ? part : part.filter(({ record }) => record.offset < stuckAt);
    try {
      const { rejected, stuck } = await this.runner.run(begun);
      this.#rejected.push(...rejected);
      if (stuck && !(this.#stuck && isBefore(this.#stuck, stuck))) this.#stuck = stuck;
    } catch (error) {
      this.#outage ??= { error };
    }
    return !this.#outage;
  }

  /** Throws what says nothing about an event. */
  outcome(): Outcome<Delivery> {
    if (this.#outage) throw this.#outage.error;
    return { rejected: this.#rejected, ...(this.#stuck && { stuck: this.#stuck }) };
  }
}

function isBefore(one: Failure<Delivery>, other: Failure<Delivery>): boolean {
  return one.item.record.offset < other.item.record.offset;
}
