import { errorOf } from '@sluice/core';
import type {
  ConsumerConnection,
  ConsumerEvents,
  GroupConsumerOptions,
  OffsetCommit,
  TopicPartition,
} from '../../drivers/port.ts';
import { partitionKey, partitionOfKey } from '../../drivers/partition-key.ts';
import type { MemoryGroup, MemoryMember } from './memory-group.ts';
import type { MemoryKafka } from './memory-kafka.ts';

/** Records handed over at once. */
const batchSize = 500;

/** A member of a group of `MemoryKafka`. It hands records over in turns of the event loop, never inside a caller's call. */
export class MemoryConsumer implements ConsumerConnection, MemoryMember {
  readonly topics: readonly string[];
  readonly #kafka: MemoryKafka;
  readonly #group: MemoryGroup;
  readonly #positions = new Map<string, bigint>();
  readonly #held = new Set<string>();
  readonly #joined = Promise.withResolvers<void>();
  readonly #wake = (): void => this.#schedule();
  #events: ConsumerEvents | undefined;
  #generation = -1;
  #isScheduled = false;
  #isStopped = false;

  constructor(kafka: MemoryKafka, { group, topics }: GroupConsumerOptions) {
    this.topics = topics;
    this.#kafka = kafka;
    this.#group = kafka.group(group);
    this.#joined.promise.catch(() => undefined);
  }

  async start(events: ConsumerEvents): Promise<void> {
    await this.#kafka.answer();
    for (const topic of this.topics) this.#kafka.topic(topic);
    this.#events = events;
    this.#kafka.changes.on('change', this.#wake);
    this.#group.join(this);
    await this.#joined.promise;
  }

  assigned(partitions: TopicPartition[], generation: number): void {
    this.#generation = generation;
    this.#positions.clear();
    this.#held.clear();
    this.#events?.onAssigned(partitions, generation);
    for (const { topic, partition } of partitions) {
      const position = this.#startPosition({ topic, partition });
      this.#group.commit([{ topic, partition, offset: position }], generation);
      this.#positions.set(partitionKey({ topic, partition }), position);
    }
    this.#events?.onFetching?.();
    this.#joined.resolve();
    this.#schedule();
  }

  async commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    await this.#kafka.answer();
    return !this.#isStopped && this.#group.commit(offsets, epoch);
  }

  pause(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.#held.add(partitionKey(partition));
  }

  resume(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.#held.delete(partitionKey(partition));
    this.#schedule();
  }

  seek(): void {
    // Everything in memory can be read.
  }

  idleMs(): number {
    return this.#kafka.silentMs();
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#joined.reject(new Error('the consumer was stopped'));
    this.#kafka.changes.off('change', this.#wake);
    this.#positions.clear();
    this.#group.leave(this);
  }

  /** As committed; from the start of the partition where that is beyond its end. */
  #startPosition(partition: TopicPartition): bigint {
    const committed = this.#group.committed.get(partitionKey(partition)) ?? 0n;
    const end = this.#kafka.topics.get(partition.topic)?.end(partition.partition) ?? 0n;
    if (committed <= end) return committed;
    this.#events?.onOutOfRange({ ...partition, offset: committed, start: 0n, end });
    return 0n;
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#handOver();
    });
  }

  #handOver(): void {
    if (!this.#kafka.isUp || !this.#group.isCurrent(this.#generation)) return;
    for (const [key, position] of this.#positions) {
      const partition = partitionOfKey(key);
      const records = this.#held.has(key) ? [] : this.#kafka.records(partition, position, batchSize);
      if (records.length === 0) continue;
      this.#positions.set(key, position + BigInt(records.length));
      this.#schedule();
      try {
        this.#events?.onRecords(partition, records, this.#generation, position + BigInt(records.length));
      } catch (error) {
        this.#events?.onCrash(errorOf(error));
      }
    }
  }
}
