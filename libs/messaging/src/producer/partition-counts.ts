import type { KafkaDriver, OutgoingRecord } from '../drivers/port.ts';
import { partitionOf } from './partitioner.ts';

/** Kafka `metadata.max.age.ms`: after this, added partitions are noticed. */
const maxAgeMs = 300_000;

type Keyed = Pick<OutgoingRecord, 'topic' | 'key'>;

/** Kafka's partitioner with what it must know: a key's partition, or the next one in turn. */
export class PartitionCounts {
  readonly #driver: KafkaDriver;
  readonly #counts = new Map<string, { count: number; readAt: number }>();
  readonly #loading = new Map<string, Promise<number>>();
  #turn = 0;

  constructor(driver: KafkaDriver) {
    this.#driver = driver;
  }

  /** Undefined when the topic's partitions have to be counted first. */
  choose({ topic, key }: Keyed): number | undefined {
    const known = this.#counts.get(topic);
    if (!known || performance.now() - known.readAt > maxAgeMs) return undefined;
    return key === null ? this.#turn++ % known.count : partitionOf(key, known.count);
  }

  /** Counts, then chooses. Rejects when the topic does not exist or no broker answers. */
  async load({ topic, key }: Keyed): Promise<number> {
    let loading = this.#loading.get(topic);
    if (!loading) {
      loading = this.#count(topic).finally(() => this.#loading.delete(topic));
      this.#loading.set(topic, loading);
    }
    const count = await loading;
    return key === null ? this.#turn++ % count : partitionOf(key, count);
  }

  async #count(topic: string): Promise<number> {
    const admin = await this.#driver.admin();
    try {
      const count = await admin.partitionCount(topic);
      this.#counts.set(topic, { count, readAt: performance.now() });
      return count;
    } finally {
      await admin.close();
    }
  }
}
