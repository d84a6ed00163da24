import { Admin, ConfigResourceTypes, ListOffsetTimestamps, type ClusterMetadata } from '@platformatic/kafka';
import { untilSuccess, withTimeout } from '@sluice/core';
import type { AdminConnection, NewTopic } from '@sluice/kafka/driver';
import { closed, connected, type Timeouts } from '../connection.ts';
import type { DriverOptions } from '../driver-options.ts';
import { clientOptions } from './client.ts';
import { isNotYet, notYet, refusalsTold, unknownTopicIsInvalid } from '../translate.ts';
import { isExistingTopic, isUnknownTopic, refusedOf } from './errors.ts';

const topicWaitMs = 15_000;
const backoff = { initialMs: 50, maxMs: 50 };

export class PlatformaticAdmin implements AdminConnection {
  readonly #admin: Admin;
  readonly #timeoutMs: number;

  private constructor(admin: Admin, timeoutMs: number) {
    this.#admin = admin;
    this.#timeoutMs = timeoutMs;
  }

  static connect(options: DriverOptions, { connectMs, callMs }: Timeouts): Promise<PlatformaticAdmin> {
    const admin = new Admin(clientOptions(options));
    admin.on('error', () => undefined);
    const connection = new PlatformaticAdmin(admin, callMs);
    return connected(connection, connection.#metadata([]), connectMs, 'an admin client');
  }

  async clusterId(): Promise<string> {
    return (await this.#metadata([])).id;
  }

  async topics(): Promise<string[]> {
    const names = await this.#call(this.#admin.listTopics({ includeInternals: false }), 'listing topics');
    return names.filter((name) => !name.startsWith('__'));
  }

  async createTopics(topics: NewTopic[]): Promise<void> {
    const existing = new Set(await this.topics());
    const replicas = Math.min(3, (await this.#metadata([])).brokers.size);
    for (const { name, partitions, config = {} } of topics.filter((topic) => !existing.has(topic.name))) {
      const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
      const creating = this.#admin.createTopics({ topics: [name], partitions, replicas, configs });
      await this.#call(creating, `creating ${name}`).catch((error: unknown) => {
        // Another process has created it meanwhile.
        if (!isExistingTopic(error)) throw error;
      });
    }
    const names = topics.map(({ name }) => name);
    await this.#retried(async () => {
      const found = await this.#metadata(names);
      const isLed = [...found.topics.values()].every((topic) => topic?.partitions.every(({ leader }) => leader >= 0));
      if (!isLed) throw notYet(`there are no leaders for ${names.join(', ')}`);
    });
  }

  async deleteTopics(topics: string[]): Promise<void> {
    await this.#retried(async () => {
      const existing = new Set(await this.topics());
      const left = topics.filter((name) => existing.has(name));
      if (left.length === 0) return;
      await this.#call(this.#admin.deleteTopics({ topics: left }), 'deleting topics');
      throw notYet(`${left.join(', ')} may still be there`);
    });
  }

  async topicConfigs(topic: string): Promise<Record<string, string>> {
    const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }];
    const [found] = await this.#ofTopic(topic, this.#admin.describeConfigs({ resources }));
    const entries = (found?.configs ?? []).filter(({ isSensitive }) => !isSensitive);
    return Object.fromEntries(entries.map(({ name, value }) => [name, value ?? '']));
  }

  async groups(): Promise<string[]> {
    const groups = await this.#call(this.#admin.listGroups(), 'listing groups');
    return [...groups.values()].filter(({ protocolType }) => protocolType === 'consumer').map(({ id }) => id);
  }

  async groupSubscriptions(group: string): Promise<string[][]> {
    const groups = await this.#call(this.#admin.describeGroups({ groups: [group] }), `describing group ${group}`);
    const members = [...(groups.get(group)?.members.values() ?? [])];
    return members.flatMap(({ metadata }) => (metadata ? [metadata.topics ?? []] : []));
  }

  async partitionCount(topic: string): Promise<number> {
    const { topics } = await this.#ofTopic(topic, this.#metadata([topic]));
    return topics.get(topic)?.partitionsCount ?? 0;
  }

  startOffsets(topic: string): Promise<Map<number, bigint>> {
    return this.#offsets(topic, ListOffsetTimestamps.EARLIEST);
  }

  endOffsets(topic: string): Promise<Map<number, bigint>> {
    return this.#offsets(topic, ListOffsetTimestamps.LATEST);
  }

  async offsetsForTimestamp(topic: string, timestampMs: number): Promise<Map<number, bigint>> {
    const ends = await this.endOffsets(topic);
    const found = await this.#offsets(topic, BigInt(timestampMs));
    return new Map([...ends].map(([partition, end]) => [partition, nonNegative(found.get(partition)) ?? end]));
  }

  async committedOffsets(group: string, topic: string): Promise<Map<number, bigint>> {
    const asked = this.#admin.listConsumerGroupOffsets({ groups: [group] });
    const [found] = await this.#call(asked, `reading offsets of group ${group}`);
    const partitions = found?.topics.find(({ name }) => name === topic)?.partitions ?? [];
    const committed = partitions.filter(({ committedOffset }) => committedOffset >= 0n);
    return new Map(committed.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
  }

  close(): Promise<void> {
    return closed(this.#admin.close());
  }

  async #offsets(topic: string, timestamp: bigint): Promise<Map<number, bigint>> {
    const count = await this.partitionCount(topic);
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp }));
    const [found] = await this.#ofTopic(topic, this.#admin.listOffsets({ topics: [{ name: topic, partitions }] }));
    const offsets = (found?.partitions ?? []).sort((a, b) => a.partitionIndex - b.partitionIndex);
    return new Map(offsets.map(({ partitionIndex, offset }) => [partitionIndex, offset]));
  }

  #metadata(topics: string[]): Promise<ClusterMetadata> {
    return this.#call(this.#admin.metadata({ topics, forceUpdate: true }), 'reading the metadata');
  }

  #call<T>(work: Promise<T>, what: string): Promise<T> {
    return withTimeout(work, this.#timeoutMs, what);
  }

  #ofTopic<T>(topic: string, work: Promise<T>): Promise<T> {
    const asked = refusalsTold(this.#call(work, `asking about ${topic}`), refusedOf);
    return unknownTopicIsInvalid(asked, topic, isUnknownTopic);
  }

  #retried(attempt: () => Promise<void>): Promise<void> {
    const isTransient = (error: unknown): boolean => isNotYet(error) || isUnknownTopic(error);
    return untilSuccess(attempt, { timeoutMs: topicWaitMs, isTransient, backoff });
  }
}

function nonNegative(offset: bigint | undefined): bigint | undefined {
  return offset !== undefined && offset >= 0n ? offset : undefined;
}
