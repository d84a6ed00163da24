import type { AdminConnection, NewTopic } from '../../drivers/port.ts';
import { partitionKey } from '../../drivers/partition-key.ts';
import type { MemoryKafka } from './memory-kafka.ts';

export class MemoryAdmin implements AdminConnection {
  readonly #kafka: MemoryKafka;

  constructor(kafka: MemoryKafka) {
    this.#kafka = kafka;
  }

  async clusterId(): Promise<string> {
    await this.#kafka.answer();
    return this.#kafka.clusterId;
  }

  async topics(): Promise<string[]> {
    await this.#kafka.answer();
    return [...this.#kafka.topics.keys()];
  }

  async createTopics(topics: NewTopic[]): Promise<void> {
    await this.#kafka.answer();
    for (const topic of topics) this.#kafka.create(topic);
  }

  async deleteTopics(topics: string[]): Promise<void> {
    await this.#kafka.answer();
    for (const topic of topics) this.#kafka.delete(topic);
  }

  async topicConfigs(topic: string): Promise<Record<string, string>> {
    await this.#kafka.answer();
    return { ...this.#kafka.topic(topic).config };
  }

  async groups(): Promise<string[]> {
    await this.#kafka.answer();
    return [...this.#kafka.groups.keys()];
  }

  async groupSubscriptions(group: string): Promise<string[][]> {
    await this.#kafka.answer();
    return this.#kafka.groups.get(group)?.subscriptions() ?? [];
  }

  async partitionCount(topic: string): Promise<number> {
    await this.#kafka.answer();
    return this.#kafka.topic(topic).partitions.length;
  }

  startOffsets(topic: string): Promise<Map<number, bigint>> {
    return this.#perPartition(topic, () => 0n);
  }

  endOffsets(topic: string): Promise<Map<number, bigint>> {
    return this.#perPartition(topic, (log) => BigInt(log.length));
  }

  offsetsForTimestamp(topic: string, timestampMs: number): Promise<Map<number, bigint>> {
    return this.#perPartition(topic, (log) => {
      const index = log.findIndex((record) => record.timestampMs >= timestampMs);
      return BigInt(index < 0 ? log.length : index);
    });
  }

  async committedOffsets(group: string, topic: string): Promise<Map<number, bigint>> {
    await this.#kafka.answer();
    const committed = this.#kafka.groups.get(group)?.committed ?? new Map<string, bigint>();
    const found = new Map<number, bigint>();
    for (let partition = 0; partition < (this.#kafka.topics.get(topic)?.partitions.length ?? 0); partition += 1) {
      const offset = committed.get(partitionKey({ topic, partition }));
      if (offset !== undefined) found.set(partition, offset);
    }
    return found;
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }

  async #perPartition(
    topic: string,
    offset: (log: readonly { timestampMs: number }[]) => bigint,
  ): Promise<Map<number, bigint>> {
    await this.#kafka.answer();
    return new Map(this.#kafka.topic(topic).partitions.map((log, partition) => [partition, offset(log)]));
  }
}
