import type { Admin, Kafka } from 'kafkajs';
import { untilSuccess, withTimeout } from '@sluice/core';
import type { AdminConnection, NewTopic } from '@sluice/kafka/driver';
import { closed, connected, type Timeouts } from '../connection.ts';
import { isNotYet, notYet, refusalsTold, unknownTopic, unknownTopicIsInvalid } from '../translate.ts';
import { withCluster } from './cluster.ts';
import { isUnknownTopic, isUnled, refusedOf } from './errors.ts';
import { patchedKafkajs } from './patched.ts';

const topicWaitMs = 15_000;
const backoff = { initialMs: 50, maxMs: 50 };
/** A broker learns of a topic that another one has created within milliseconds, a very busy one within a second. */
const newTopicGraceMs = 2_000;

export class KafkajsAdmin implements AdminConnection {
  readonly #admin: Admin;
  readonly #timeoutMs: number;
  readonly #targets: Set<string>;
  readonly #laggardMs: number;

  /**
   * `targets`: the topics that kafkajs asks about with every request. `laggardMs`: how long a broker may be behind the
   * others about a topic that is there.
   */
  constructor(admin: Admin, timeoutMs: number, targets = new Set<string>(), laggardMs = topicWaitMs) {
    this.#admin = admin;
    this.#timeoutMs = timeoutMs;
    this.#targets = targets;
    this.#laggardMs = laggardMs;
  }

  static connect(kafka: Kafka, { connectMs, callMs }: Timeouts): Promise<KafkajsAdmin> {
    const { made: admin, cluster } = withCluster(kafka, () => kafka.admin());
    const connection = new KafkajsAdmin(admin, callMs, cluster.targetTopics);
    return connected(connection, admin.connect(), connectMs, 'an admin client');
  }

  async clusterId(): Promise<string> {
    const { clusterId } = await this.#call(this.#admin.describeCluster(), 'describing the cluster');
    return clusterId;
  }

  async topics(): Promise<string[]> {
    return (await this.#listed()).filter((name) => !name.startsWith('__'));
  }

  async createTopics(topics: NewTopic[]): Promise<void> {
    const existing = new Set(await this.topics());
    const missing = topics.filter(({ name }) => !existing.has(name));
    if (missing.length > 0) {
      const { brokers } = await this.#call(this.#admin.describeCluster(), 'describing the cluster');
      const replicationFactor = Math.min(3, brokers.length);
      const wanted = missing.map(({ name, partitions, config = {} }) => ({
        topic: name,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
      }));
      // Returns false when another process has created them meanwhile.
      await this.#call(this.#admin.createTopics({ topics: wanted, waitForLeaders: false }), 'creating topics');
    }
    await this.#untilLed(topics.map(({ name }) => name));
  }

  async deleteTopics(topics: string[]): Promise<void> {
    const attempt = async (): Promise<void> => {
      // kafkajs tries again and again to delete what does not exist.
      const existing = new Set(await this.topics());
      const left = topics.filter((name) => existing.has(name));
      if (left.length === 0) return;
      await this.#call(this.#admin.deleteTopics({ topics: left }), 'deleting topics');
      throw notYet(`${left.join(', ')} may still be there`);
    };
    const isTransient = (error: unknown): boolean => isNotYet(error) || isUnknownTopic(error);
    await untilSuccess(attempt, { timeoutMs: topicWaitMs, isTransient, backoff });
  }

  async topicConfigs(topic: string): Promise<Record<string, string>> {
    const resources = [{ type: patchedKafkajs().ConfigResourceTypes.TOPIC, name: topic }];
    const { resources: found } = await this.#ofTopic(topic, (admin) =>
      admin.describeConfigs({ resources, includeSynonyms: false }),
    );
    const entries = (found[0]?.configEntries ?? []).filter(({ isSensitive }) => !isSensitive);
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]));
  }

  async groups(): Promise<string[]> {
    const { groups } = await this.#call(this.#admin.listGroups(), 'listing groups');
    return groups.filter(({ protocolType }) => protocolType === 'consumer').map(({ groupId }) => groupId);
  }

  async groupSubscriptions(group: string): Promise<string[][]> {
    const { groups } = await this.#call(this.#admin.describeGroups([group]), `describing group ${group}`);
    const known = groups.flatMap(({ members }) => members).filter(({ memberMetadata }) => memberMetadata.length > 0);
    return known.map(
      ({ memberMetadata }) => patchedKafkajs().AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? [],
    );
  }

  async partitionCount(topic: string): Promise<number> {
    const { topics } = await this.#ofTopic(topic, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
    return topics[0]?.partitions.length ?? 0;
  }

  startOffsets(topic: string): Promise<Map<number, bigint>> {
    return this.#offsets(topic, 'low');
  }

  endOffsets(topic: string): Promise<Map<number, bigint>> {
    return this.#offsets(topic, 'high');
  }

  async offsetsForTimestamp(topic: string, timestampMs: number): Promise<Map<number, bigint>> {
    const offsets = await this.#ofTopic(topic, (admin) => admin.fetchTopicOffsetsByTimestamp(topic, timestampMs));
    return new Map(offsets.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  async committedOffsets(group: string, topic: string): Promise<Map<number, bigint>> {
    // Of all topics: kafkajs would ask for the partitions of a single one, which may not exist.
    const call = this.#admin.fetchOffsets({ groupId: group });
    const topics = await this.#call(call, `reading offsets of group ${group}`);
    const found = topics.find((one) => one.topic === topic);
    const committed = (found?.partitions ?? []).filter(({ offset }) => BigInt(offset) >= 0n);
    return new Map(committed.map(({ partition, offset }) => [partition, BigInt(offset)]));
  }

  close(): Promise<void> {
    return closed(this.#admin.disconnect());
  }

  async #offsets(topic: string, end: 'low' | 'high'): Promise<Map<number, bigint>> {
    const offsets = await this.#ofTopic(topic, (admin) => admin.fetchTopicOffsets(topic));
    return new Map(offsets.map((found) => [found.partition, BigInt(found[end])]));
  }

  #call<T>(work: Promise<T>, what: string): Promise<T> {
    return withTimeout(work, this.#timeoutMs, what);
  }

  #ofTopic<T>(topic: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    return unknownTopicIsInvalid(refusalsTold(this.#askLaggards(topic, ask), refusedOf), topic, isUnknownTopic);
  }

  /**
   * kafkajs would ask for five seconds whether an unknown topic is there, so its existence is checked first. A broker that
   * does not know it then, or not yet that it leads it, is behind the one that has listed it.
   */
  #askLaggards<T>(topic: string, ask: (admin: Admin) => Promise<T>): Promise<T> {
    const attempt = async (): Promise<T> => {
      await this.#untilListed(topic);
      return this.#call(ask(this.#admin), `asking about ${topic}`);
    };
    const isTransient = (error: unknown): boolean => isUnled(error) || isUnknownTopic(error);
    return untilSuccess(attempt, { timeoutMs: this.#laggardMs, isTransient, backoff });
  }

  /** tulios/kafkajs#1622: one that was deleted would fail the requests about all others. */
  async #listed(): Promise<string[]> {
    const names = await this.#call(this.#admin.listTopics(), 'listing topics');
    for (const target of this.#targets) if (!names.includes(target)) this.#targets.delete(target);
    return names;
  }

  async #untilListed(topic: string): Promise<void> {
    const missing = unknownTopic(topic);
    const attempt = async (): Promise<void> => {
      if (!(await this.#listed()).includes(topic)) throw missing;
    };
    await untilSuccess(attempt, { timeoutMs: newTopicGraceMs, isTransient: (error) => error === missing, backoff });
  }

  /** A topic that was just created is unknown to some brokers, or without leaders, for a moment. */
  async #untilLed(topics: string[]): Promise<void> {
    const attempt = async (): Promise<void> => {
      const { topics: found } = await this.#call(this.#admin.fetchTopicMetadata({ topics }), 'reading topics');
      const isLed = found.every(({ partitions }) => partitions.length > 0 && partitions.every((p) => p.leader >= 0));
      if (!isLed) throw notYet(`there are no leaders for ${topics.join(', ')}`);
    };
    await untilSuccess(attempt, { timeoutMs: topicWaitMs, backoff });
  }
}
