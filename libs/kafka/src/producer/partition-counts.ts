import type { KafkaDriver, OutgoingRecord } from '../drivers/port.ts';
import { AppError } from '@sluice/core';
import { withAdmin } from '../drivers/with-admin.ts';
import type { Partitioner } from './partitioner.ts';

/** Kafka `metadata.max.age.ms`: after this, added partitions are noticed. */
const maxAgeMs = 300_000;
/** A partition that a caller names and that is not known may have been added since. */
const minAgeMs = 1_000;

export type Addressed = Pick<OutgoingRecord, 'topic' | 'key'> & { partition?: number };

/** How many partitions each topic has, and with that the partition of each record. */
export class PartitionCounts {
  readonly #driver: KafkaDriver;
  readonly #partitioner: Partitioner;
  readonly #counts = new Map<string, { count: number; readAt: number }>();
  readonly #loading = new Map<string, Promise<void>>();

  constructor(driver: KafkaDriver, partitioner: Partitioner) {
    this.#driver = driver;
    this.#partitioner = partitioner;
  }

  /**
   * Undefined when the topic's partitions have to be counted first. Throws `invalid` for a partition that does not exist:
   * kafkajs would leave the record out of its request and say nothing.
   */
  choose({ topic, key, partition }: Addressed): number | undefined {
    const known = this.#counts.get(topic);
    if (!known) return undefined;
    const ageMs = performance.now() - known.readAt;
    if (ageMs > maxAgeMs) this.#refresh(topic, known);
    const chosen = partition ?? this.#partitioner(topic, key, known.count);
    if (Number.isInteger(chosen) && chosen >= 0 && chosen < known.count) return chosen;
    if (partition !== undefined && ageMs > minAgeMs) return undefined;
    throw new AppError('invalid', 'no-such-partition', `${topic} has ${known.count} partitions, and none is ${chosen}`);
  }

  /** Rejects when the topic does not exist or no broker answers. */
  load(topic: string): Promise<void> {
    let loading = this.#loading.get(topic);
    if (!loading) {
      loading = this.#count(topic).finally(() => this.#loading.delete(topic));
      this.#loading.set(topic, loading);
    }
    return loading;
  }

  /** No caller waits for it, and while no broker answers, the old count is used. */
  #refresh(topic: string, known: { readAt: number }): void {
    known.readAt = performance.now();
    this.load(topic).catch(() => undefined);
  }

  async #count(topic: string): Promise<void> {
    const count = await withAdmin(this.#driver, (admin) => admin.partitionCount(topic));
    this.#counts.set(topic, { count, readAt: performance.now() });
  }
}
