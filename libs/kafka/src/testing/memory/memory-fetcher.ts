import { once } from 'node:events';
import type { ReadOptions } from '../../drivers/port.ts';
import type { Fetched, Fetcher } from '../../drivers/reading.ts';
import type { MemoryKafka } from './memory-kafka.ts';

const batchSize = 500;

export class MemoryFetcher implements Fetcher {
  readonly #kafka: MemoryKafka;
  readonly #options: ReadOptions;

  constructor(kafka: MemoryKafka, options: ReadOptions) {
    this.#kafka = kafka;
    this.#options = options;
  }

  async fetch(positions: ReadonlyMap<number, bigint>): Promise<Fetched[]> {
    await this.#kafka.answer();
    const found = this.#take(positions);
    if (found.some(({ records }) => records.length > 0)) return found;
    await this.#change();
    return this.#take(positions);
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  #take(positions: ReadonlyMap<number, bigint>): Fetched[] {
    const topic = this.#kafka.topic(this.#options.topic);
    return [...positions].map(([partition, position]) => {
      const records = topic.slice(partition, position, batchSize);
      return { partition, records, next: position + BigInt(records.length), end: topic.end(partition) };
    });
  }

  /** A change of the cluster, or the end of the wait. */
  async #change(): Promise<void> {
    const { fetchMaxWaitMs = 250, signal } = this.#options;
    const wait = AbortSignal.timeout(fetchMaxWaitMs);
    const ended = signal ? AbortSignal.any([signal, wait]) : wait;
    await once(this.#kafka.changes, 'change', { signal: ended }).catch((error: unknown) => {
      if (!ended.aborted) throw error;
    });
  }
}
