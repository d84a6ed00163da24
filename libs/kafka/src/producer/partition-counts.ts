import type { KafkaDriver, OutgoingRecord } from '../drivers/port.ts';
import { AppError } from '@sluice/core';
import { withAdmin } from '../drivers/with-admin.ts';
import type { Partitioner } from './partitioner.ts';

/** A partition that a caller names and that is not known may have been added since. */
const minAgeMs = 1_000;

export type Addressed = Pick<OutgoingRecord, 'topic' | 'key'> & { partition?: number };

interface Count {
  /** Partitions that the partitioner chooses from. */
  used: number;
  /** By the last reading. */
  existing: number;
  readAt: number;
  /** When more were there than are used. */
  grownAt?: number;
}

/**
 * How many partitions each topic has, and with that the partition of each record. Kafka `metadata.max.age.ms`: after this
 * a count is read again; and partitions that were added are used after this, when consumers own them.
 */
export class PartitionCounts {
  readonly #driver: KafkaDriver;
  readonly #partitioner: Partitioner;
  readonly #onShrunk: (topic: string) => void;
  readonly #counts = new Map<string, Count>();
  readonly #loading = new Map<string, Promise<void>>();

  /** `onShrunk` is called before any record is sent to another partition than before. */
  constructor(driver: KafkaDriver, partitioner: Partitioner, onShrunk: (topic: string) => void) {
    this.#driver = driver;
    this.#partitioner = partitioner;
    this.#onShrunk = onShrunk;
  }

  /**
   * Undefined when the topic's partitions have to be counted first. Throws `invalid` for a partition that does not exist:
   * kafkajs would leave the record out of its request and say nothing.
   */
  choose({ topic, key, partition }: Addressed): number | undefined {
    const known = this.#counts.get(topic);
    if (!known) return undefined;
    const maxAgeMs = this.#driver.metadataMaxAgeMs;
    const ageMs = performance.now() - known.readAt;
    if (ageMs > maxAgeMs) this.#refresh(topic, known);
    if (known.grownAt !== undefined && performance.now() - known.grownAt > maxAgeMs) useAll(known);
    const chosen = partition ?? this.#partitioner(topic, key, known.used);
    if (Number.isInteger(chosen) && chosen >= 0 && chosen < known.existing) return chosen;
    if (partition !== undefined && ageMs > minAgeMs) return undefined;
    const count = `${topic} has ${known.existing} partitions`;
    throw new AppError('invalid', 'no-such-partition', `${count}, and none is ${chosen}`);
  }

  /** Reads the count. Rejects when the topic does not exist or no broker answers. */
  load(topic: string): Promise<void> {
    let loading = this.#loading.get(topic);
    if (!loading) {
      loading = this.#count(topic).finally(() => this.#loading.delete(topic));
      this.#loading.set(topic, loading);
    }
    return loading;
  }

  /** The count may be wrong, because a request has failed: the next record asks for it again. */
  expire(topic: string): void {
    const known = this.#counts.get(topic);
    if (known) known.readAt = -Infinity;
  }

  /** No caller waits for it, and while no broker answers, the old count is used. */
  #refresh(topic: string, known: Count): void {
    known.readAt = performance.now();
    this.load(topic).catch(() => undefined);
  }

  async #count(topic: string): Promise<void> {
    const existing = await withAdmin(this.#driver, (admin) => admin.partitionCount(topic));
    const known = this.#counts.get(topic);
    const now = performance.now();
    const used = Math.min(known?.used ?? existing, existing);
    const grownAt = existing > used ? (known?.grownAt ?? now) : undefined;
    this.#counts.set(topic, { used, existing, readAt: now, ...(grownAt !== undefined && { grownAt }) });
    if (known && existing < known.existing) this.#onShrunk(topic);
  }
}

function useAll(count: Count): void {
  count.used = count.existing;
  delete count.grownAt;
}
