import { createRequire } from 'node:module';
import type { Kafka, KafkaMessage } from 'kafkajs';

/** A record as kafkajs decodes it, with what its public types leave out. */
export type RawMessage = KafkaMessage & { batchContext?: { firstOffset: string; lastOffsetDelta: number } };

export interface FetchedPartition {
  partition: number;
  /** End of what no open transaction stands in front of. */
  lastStableOffset: string;
  messages: RawMessage[];
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
  addTargetTopic(topic: string): Promise<void>;
  refreshMetadata(): Promise<void>;
  refreshMetadataIfNecessary(): Promise<void>;
  /** Partitions by their leader's node id; those that nobody knows are left out. */
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
  const symbol = Object.getOwnPropertySymbols(kafka).find((found) => found.description?.endsWith('createCluster'));
  const create = symbol && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  if (!create) throw new Error('this kafkajs is not the version that the driver was written for');
  return create({ metadataMaxAge: metadataMaxAgeMs, allowAutoTopicCreation: false });
}

const load = createRequire(import.meta.url);
const BatchOfPartition = load('kafkajs/src/consumer/batch') as new (
  topic: string,
  position: string,
  fetched: FetchedPartition,
) => Batch;

/** The records of a fetched partition that a consumer is to see. */
export function visible(topic: string, position: bigint, fetched: FetchedPartition): KafkaMessage[] {
  return new BatchOfPartition(topic, position.toString(), fetched).messages;
}
