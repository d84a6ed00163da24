import type { Kafka, KafkaMessage } from 'kafkajs';
import { patchedModule } from './patched.ts';
import type { Messages } from './raw-message.ts';

export interface FetchedPartition {
  partition: number;
  /** End of what no open transaction stands in front of. */
  lastStableOffset: string;
  messages: Messages;
}

interface FetchRequest {
  maxWaitTime: number;
  minBytes: number;
  maxBytes: number;
  isolationLevel: number;
  topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[];
}

/** kafkajs's connections to the brokers of a cluster, as far as reading needs them. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  readonly brokerPool: {
    refreshMetadata(topics: string[]): Promise<void>;
    findConnectedBroker(): Promise<{ metadata(topics: string[]): Promise<unknown> }>;
  };
  readonly targetTopics: Set<string>;
  addTargetTopic(topic: string): Promise<void>;
  addMultipleTargetTopics(topics: string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  /** Nothing for a topic that is not known. */
  findTopicPartitionMetadata(topic: string): unknown[];
  /** Partitions by their leader's node id; those without a known leader are left out. */
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>;
  findBroker(node: { nodeId: string }): Promise<{
    fetch(request: FetchRequest): Promise<{ responses: { topicName: string; partitions: FetchedPartition[] }[] }>;
  }>;
}

interface Batch {
  /** What is left without records before the offset asked for, of aborted transactions, and of control. */
  messages: KafkaMessage[];
}

const metadataMaxAgeMs = 300_000;

/**
 * kafkajs 2.2.4 shows fetching only as a member of a group, though the protocol asks for none: a group would cost some
 * seconds to join, and be listed for days. So this reaches for what its own consumers are built on.
 */
export function clusterOf(kafka: Kafka): Cluster {
  return factoryOf(kafka).create({ metadataMaxAge: metadataMaxAgeMs, allowAutoTopicCreation: false });
}

/** What `make` makes of the client, and the cluster that it made for it. */
export function withCluster<T>(kafka: Kafka, make: () => T): { made: T; cluster: Cluster } {
  const { create, replace } = factoryOf(kafka);
  let cluster: Cluster | undefined;
  replace((options) => (cluster = create(options)));
  const made = make();
  replace(create);
  if (!cluster) throw new Error(unknownVersion);
  return { made, cluster };
}

type CreateCluster = (options: object) => Cluster;

const unknownVersion = 'this kafkajs is not the version that the driver was written for';

function factoryOf(kafka: Kafka): { create: CreateCluster; replace: (create: CreateCluster) => void } {
  const symbol = Object.getOwnPropertySymbols(kafka).find((found) => found.description?.endsWith('createCluster'));
  const factories = kafka as unknown as Record<symbol, CreateCluster | undefined>;
  const create = symbol && factories[symbol];
  if (!create) throw new Error(unknownVersion);
  return { create, replace: (other) => void (factories[symbol] = other) };
}

type BatchConstructor = new (topic: string, position: string, fetched: FetchedPartition) => Batch;

/** The records of a fetched partition that a consumer is to see. */
export function visible(topic: string, position: bigint, fetched: FetchedPartition): KafkaMessage[] {
  const BatchOfPartition = patchedModule<BatchConstructor>('src/consumer/batch');
  return new BatchOfPartition(topic, position.toString(), fetched).messages;
}
