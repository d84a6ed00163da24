import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { AppError } from '@sluice/core';
import type { Compression } from '../../drivers/compression.ts';
import type {
  IncomingRecord,
  KafkaDriver,
  NewTopic,
  OutgoingRecord,
  ReadOptions,
  RecordMetadata,
  TopicPartition,
} from '../../drivers/port.ts';
import { partitionOfKey } from '../../drivers/partition-key.ts';
import { readPartitions } from '../../drivers/reading.ts';
import { MemoryAdmin } from './memory-admin.ts';
import { MemoryConsumer } from './memory-consumer.ts';
import { MemoryFetcher } from './memory-fetcher.ts';
import { MemoryGroup } from './memory-group.ts';
import { MemoryTopic, unknown } from './memory-topic.ts';
import { MemoryProducer } from './memory-producer.ts';

/**
 * A Kafka cluster in memory, for fast tests of handlers: topics, partitions, groups that rebalance, committed offsets and
 * epochs, behind the same port and the same conformance suite as the real ones. No transactions, replicas or retention.
 */
export class MemoryKafka {
  readonly clusterId = randomUUID();
  readonly topics = new Map<string, MemoryTopic>();
  readonly groups = new Map<string, MemoryGroup>();
  /** Emits `change` when there may be something to hand over. */
  readonly changes = new EventEmitter().setMaxListeners(0);
  #downSince: number | undefined;

  /** Drivers of one cluster share everything in it. */
  driver(): KafkaDriver {
    const admin = (): Promise<MemoryAdmin> => this.answer().then(() => new MemoryAdmin(this));
    const fetcher = async (options: ReadOptions): Promise<MemoryFetcher> => new MemoryFetcher(this, options);
    return {
      metadataMaxAgeMs: 30_000,
      admin,
      producer: (options) => this.answer().then(() => new MemoryProducer(this, options)),
      consumer: (options) => new MemoryConsumer(this, options),
      read: (options) => readPartitions({ admin, fetcher, silenceMs: 5_000 }, options),
    };
  }

  /** The cluster is out of reach: calls reject with `unavailable` and nothing is handed over, until {@link recover}. */
  fail(): void {
    this.#downSince ??= Date.now();
  }

  recover(): void {
    this.#downSince = undefined;
    this.changes.emit('change');
  }

  get isUp(): boolean {
    return this.#downSince === undefined;
  }

  silentMs(): number {
    return this.#downSince === undefined ? 0 : Date.now() - this.#downSince;
  }

  /** What every request goes through: a turn of the event loop, and the question whether anybody is there. */
  async answer(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!this.isUp) throw new AppError('unavailable', 'no-broker', 'the cluster in memory is set to fail');
  }

  create({ name, partitions, config }: NewTopic): void {
    if (this.topics.has(name)) return;
    this.topics.set(name, new MemoryTopic(name, partitions, config));
    this.#rebalance(name);
  }

  /** With what was committed for it, as a broker does. */
  delete(name: string): void {
    if (!this.topics.delete(name)) return;
    for (const { committed } of this.groups.values()) {
      for (const key of committed.keys()) if (partitionOfKey(key).topic === name) committed.delete(key);
    }
    this.#rebalance(name);
  }

  /** Partitions are added; the groups own them at once. */
  grow(name: string, partitions: number): void {
    this.topic(name).grow(partitions);
    this.#rebalance(name);
  }

  /** Throws an `invalid` error when it does not exist. */
  topic(name: string): MemoryTopic {
    const topic = this.topics.get(name);
    if (!topic) throw unknown(`topic ${name} does not exist`);
    return topic;
  }

  group(id: string): MemoryGroup {
    let group = this.groups.get(id);
    if (!group) {
      group = new MemoryGroup((topic) => this.topics.get(topic)?.partitions.length ?? 0);
      this.groups.set(id, group);
    }
    return group;
  }

  /** All or nothing. */
  append(records: readonly OutgoingRecord[], compression?: Compression): RecordMetadata[] {
    for (const record of records) this.topic(record.topic).check(record, compression);
    const written = records.map((record) => {
      const { topic, partition } = record;
      return { topic, partition, offset: this.topic(topic).append(record) };
    });
    this.changes.emit('change');
    return written;
  }

  #rebalance(topic: string): void {
    for (const group of this.groups.values()) if (group.subscriptions().flat().includes(topic)) group.rebalance();
  }

  records({ topic, partition }: TopicPartition, position: bigint, limit: number): IncomingRecord[] {
    return this.topics.get(topic)?.slice(partition, position, limit) ?? [];
  }
}
