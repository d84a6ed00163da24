// What the library needs of a Kafka client. Only the folders in this one may import one.
import type { Log } from '@sluice/core';
import type { Compression } from './compression.ts';

/** Name and value. Names may occur more than once, and the order is kept. */
export type Header<Value = Buffer | null> = readonly [name: string, value: Value];

export interface OutgoingRecord {
  topic: string;
  /** Chosen by the producer's partitioner before the driver sees the record. */
  partition: number;
  key: string | Buffer | null;
  value: Buffer | string | null;
  headers?: readonly Header<string | Buffer | null>[];
}

export interface TopicPartition {
  topic: string;
  partition: number;
}

export interface RecordMetadata extends TopicPartition {
  /** Kafka's offsets are 64 bit. */
  offset: bigint;
}

export interface IncomingRecord extends RecordMetadata {
  /** Milliseconds since the epoch. */
  timestampMs: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: readonly Header[];
}

export interface OffsetCommit extends TopicPartition {
  /** Position after the last processed record: last offset + 1. */
  offset: bigint;
}

export interface ProducerConnectionOptions {
  /**
   * Kafka `acks`; default `all`, which is the only one with an idempotent producer. With 1 the leader's disk cache is
   * enough, and what it acknowledged can be lost when it dies; with 0 there is no answer and offsets are unknown (-1).
   */
  acks?: 'all' | 0 | 1;
  /** Kafka `compression.type`; default `none`. */
  compression?: Compression;
}

export interface ProducerConnection {
  /**
   * Sends one batch and resolves with the metadata of each record, in order. It must never be called while an earlier
   * call is under way: concurrent sends of an idempotent kafkajs producer lose acknowledged messages. Rejects with
   * `PartitionsGone`, which knows what was written, when partitions do not exist; and with an `invalid` error when the
   * broker refuses a record for good. After any other rejection than the first, what was written is unknown and the
   * connection is used no more.
   */
  sendBatch(records: OutgoingRecord[]): Promise<RecordMetadata[]>;
  close(): Promise<void>;
}

/** A committed offset at which nothing can be read any more, or not yet. */
export interface OffsetOutOfRange extends OffsetCommit {
  /** Offset of the oldest record, from where the group goes on. */
  start: bigint;
  /** Next offset of the partition. */
  end: bigint;
}

/** A batch of records that is damaged, or of an unknown codec. */
export interface UnreadableBatch {
  /** Of the first record that can't be read. */
  offset: bigint;
  /** Behind the batch, as far as its header can be trusted. */
  next: bigint;
  /** Kafka's name of it, or its number when it has none. */
  codec: string;
  /** What is wrong with the batch. */
  reason: string;
}

export interface ConsumerEvents {
  /**
   * Records fetched from one partition, in offset order, and the position after everything that came: markers of
   * transactions and what they aborted are passed over, so there may be no records. Must return quickly and must not throw.
   */
  onRecords(partition: TopicPartition, records: IncomingRecord[], epoch: number, next: bigint): void;
  /** Once for each such offset, after the start of the partition was committed in its place. Must not throw. */
  onOutOfRange(found: OffsetOutOfRange): void;
  /**
   * A partition has come to a batch that can't be read. It is fetched again and again, with pauses of up to 30 s, and
   * this is called each time; the other partitions go on. `seek` leaves the batch out.
   */
  onUnreadable?(partition: TopicPartition, batch: UnreadableBatch, epoch: number): void;
  /** Nothing is fetched any more because the group divides its partitions again; not all clients notice before they joined. */
  onRevoking?(): void;
  /** After each join; `epoch` grows with each, and what was fetched in an older one must be forgotten. */
  onAssigned(partitions: TopicPartition[], epoch: number): void;
  /** From now on all partitions of the assignment are fetched, from positions that are committed. */
  onFetching?(): void;
  /** The client gave up and will not recover by itself. */
  onCrash(error: Error): void;
}

export interface GroupConsumerOptions {
  group: string;
  topics: string[];
  /** Kafka `session.timeout.ms`; default 15,000. */
  sessionTimeoutMs?: number;
  /** Kafka `heartbeat.interval.ms`; default 3,000. */
  heartbeatIntervalMs?: number;
  /** Kafka `fetch.min.bytes`; default 1. The broker in memory holds nothing back and has no sizes. */
  fetchMinBytes?: number;
  /** Kafka `fetch.max.wait.ms`; default 250. */
  fetchMaxWaitMs?: number;
  /** Kafka `max.partition.fetch.bytes`; default 1 MiB. */
  maxPartitionFetchBytes?: number;
}

export interface ConsumerConnection {
  /**
   * Joins the group and resolves with an initial offset (the earliest) committed for every owned partition that had none.
   * Rejects when that fails; a connection is started at most once, so a caller who tries again takes a new one.
   */
  start(events: ConsumerEvents): Promise<void>;
  /**
   * Commits in the current generation. Answers false when `epoch` is not the current one or the group is rebalancing: the
   * new owner starts at the last committed offset. Rejects when the broker doesn't take it for another reason.
   */
  commit(offsets: OffsetCommit[], epoch: number): Promise<boolean>;
  pause(partitions: TopicPartition[]): void;
  resume(partitions: TopicPartition[]): void;
  /** Goes on there with a partition that waits at a batch which can't be read. Any other is left as it is. */
  seek(position: OffsetCommit): void;
  /** Milliseconds since the coordinator last answered (join, heartbeat, commit): what liveness is judged by. */
  idleMs(): number;
  /** Leaves the group and disconnects; takes 10 s at most. Nothing is committed: do that before. */
  stop(): Promise<void>;
}

export interface NewTopic {
  name: string;
  partitions: number;
  /** Kafka's topic configuration, e.g. `{ 'retention.ms': '21600000' }`. */
  config?: Record<string, string>;
}

/** A place in each partition of a topic: by name, one offset for all of them, one for each, or by time. */
export type Position =
  'earliest' | 'latest' | { offset: bigint } | { offsets: ReadonlyMap<number, bigint> } | { timestampMs: number };

export interface ReadOptions {
  topic: string;
  /** Default: all of the topic's. */
  partitions?: readonly number[];
  /** Where to begin; default `earliest`. An offset that is no longer there stands for the oldest one that is. */
  from?: Position;
  /** The first record not to be read: `latest` ends where the topic ends now. By default reading goes on for ever. */
  until?: Position;
  /** Kafka `fetch.max.wait.ms`: how long the broker holds back an answer without records; default 250. */
  fetchMaxWaitMs?: number;
  /** Kafka `max.partition.fetch.bytes`; default 1 MiB. */
  maxPartitionFetchBytes?: number;
  /** Ends the reading, which then returns as if it had come to its end. */
  signal?: AbortSignal;
}

export interface AdminConnection {
  clusterId(): Promise<string>;
  /** Names of all topics, the broker's internal ones left out. */
  topics(): Promise<string[]>;
  /** Kafka's configuration of a topic, defaults included and secrets left out. `invalid` when it does not exist. */
  topicConfigs(topic: string): Promise<Record<string, string>>;
  /** Deletes those that exist, with everything in them, and resolves when no broker lists them any more. */
  deleteTopics(topics: string[]): Promise<void>;
  /** Ids of all consumer groups, empty ones included. */
  groups(): Promise<string[]>;
  /**
   * The topics that each member of a group subscribed to; nothing for a group that has no members or does not exist.
   * Members are left out whose subscription is not known, because the group rebalances.
   */
  groupSubscriptions(group: string): Promise<string[][]>;
  /**
   * Creates the topics that do not exist, with up to three replicas, and resolves when every partition has a leader.
   * Topics that exist stay as they are.
   */
  createTopics(topics: NewTopic[]): Promise<void>;
  /** Rejects with an `invalid` error when the topic does not exist. */
  partitionCount(topic: string): Promise<number>;
  /** Offset of the oldest record that each partition still has. This and its siblings: `invalid` for unknown topics. */
  startOffsets(topic: string): Promise<Map<number, bigint>>;
  /** Next offset of each partition. */
  endOffsets(topic: string): Promise<Map<number, bigint>>;
  /** Offset of the first record of each partition that is not older; where there is none, the next offset. */
  offsetsForTimestamp(topic: string, timestampMs: number): Promise<Map<number, bigint>>;
  /** Partitions without a committed offset are left out. */
  committedOffsets(group: string, topic: string): Promise<Map<number, bigint>>;
  close(): Promise<void>;
}

export interface KafkaDriver {
  /** See `DriverOptions`. */
  readonly metadataMaxAgeMs: number;
  /** A connected producer with a fresh producer id. Rejects with an `unavailable` error when no broker answers. */
  producer(options?: ProducerConnectionOptions): Promise<ProducerConnection>;
  /** One member of a group, not connected yet. */
  consumer(options: GroupConsumerOptions): ConsumerConnection;
  /**
   * Reads chosen partitions without a group: nothing is committed and no member is disturbed. Records come in offset order
   * per partition. Leaving the loop closes the connection. Outages are waited out for as long as one call may take, then
   * the reading rejects; with `invalid` when the topic, a partition or the offset to begin at does not exist, and at a
   * batch that can't be read.
   */
  read(options: ReadOptions): AsyncIterable<IncomingRecord, void>;
  /** Rejects with an `unavailable` error when no broker answers. */
  admin(): Promise<AdminConnection>;
}

export interface DriverOptions {
  brokers: string[];
  clientId: string;
  /** The client library behind the port; default `kafkajs`. See docs/adr/0012. */
  client?: 'kafkajs' | 'platformatic';
  /** Kafka `request.timeout.ms`; default 30,000. */
  requestTimeoutMs?: number;
  /** Time for one TCP connection to a broker; default 5,000. */
  connectTimeoutMs?: number;
  /**
   * Kafka `metadata.max.age.ms`: consumers own added partitions within this time, and producers use them after it;
   * default 30,000 (Kafka: 300,000).
   */
  metadataMaxAgeMs?: number;
  /** Where the client's own log lines go; default nowhere. */
  log?: Log;
}
