import type { Batch, Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { AdaptiveLinger, pauseFor, withTimeout, type Log } from '@sluice/core';
import type { Timeouts } from '../connection.ts';
import { GroupMember } from '../group-member.ts';
import { partitionKey } from '../partition-key.ts';
import type {
  AdminConnection,
  ConsumerConnection,
  ConsumerEvents,
  GroupConsumerOptions,
  OffsetCommit,
  TopicPartition,
} from '../port.ts';
import { consumerConfig, fetchMaxWaitMs } from './client.ts';
import { withCluster } from './cluster.ts';
import { isAnswer, isBrokerUnavailable, isRebalance } from './errors.ts';
import { incoming } from './incoming.ts';
import { leaveOutMissingTopics } from './missing-topics.ts';
import type { BatchOfPartition } from './patches/unreadable-batches.ts';

const stopTimeoutMs = 8_000;
/** What a fetch brought is taken at once, so that there is one pause after it and not one for each partition. */
const partitionsConsumedConcurrently = 100;

export interface ConsumerParts {
  kafka: Kafka;
  /** For what kafkajs's consumer does not offer: committed and earliest offsets. */
  admin: () => Promise<AdminConnection>;
  log: Log;
  timeouts: Timeouts;
  metadataMaxAgeMs: number;
}

/**
 * A member of a group. kafkajs is trusted with membership and fetching only: what it fetched is handed over at once, so
 * that heartbeats never wait for work. After each join all partitions stay paused until their start positions are known,
 * committed and sought; so a fetch that was under way during the join can neither move a position nor be handed over.
 */
export class KafkajsConsumer implements ConsumerConnection {
  readonly #parts: ConsumerParts;
  readonly #options: GroupConsumerOptions;
  readonly #consumer: Consumer;
  readonly #member: GroupMember;
  readonly #linger = new AdaptiveLinger();
  /** Aborted when a partition is resumed. */
  #resumed = new AbortController();
  #commitsTaken = 0;

  constructor(parts: ConsumerParts, options: GroupConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
    const { made, cluster } = withCluster(parts.kafka, () =>
      parts.kafka.consumer(consumerConfig(options, parts.metadataMaxAgeMs)),
    );
    leaveOutMissingTopics(cluster);
    this.#consumer = made;
    this.#member = new GroupMember({
      ...{ group: options.group, admin: parts.admin, log: parts.log, callMs: parts.timeouts.callMs },
      ...{ isRebalance, isAnswer },
      commit: (offsets) => this.#commit(offsets),
      open: (positions) => this.#openAt(positions),
      shut: (partition) => this.#apply('pause', [partition]),
    });
  }

  async start(events: ConsumerEvents): Promise<void> {
    this.#listen();
    const { connectMs, callMs } = this.#parts.timeouts;
    const admin = await this.#member.start(events);
    for (const topic of this.#options.topics) await admin.partitionCount(topic);
    await withTimeout(this.#consumer.connect(), connectMs, 'connecting a consumer');
    const subscribing = this.#consumer.subscribe({ topics: this.#options.topics, fromBeginning: true });
    await withTimeout(subscribing, callMs, 'subscribing');
    await this.#run();
    await this.#member.joined();
  }

  commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    return this.#member.commit(offsets, epoch);
  }

  pause(partitions: TopicPartition[]): void {
    this.#member.pause(partitions);
    this.#apply('pause', partitions);
  }

  resume(partitions: TopicPartition[]): void {
    this.#member.resume(partitions);
    this.#apply(
      'resume',
      partitions.filter((partition) => this.#member.isWanted(partitionKey(partition))),
    );
    this.#resumed.abort();
    this.#resumed = new AbortController();
  }

  seek(position: OffsetCommit): void {
    this.#member.seek(position);
  }

  idleMs(): number {
    return this.#member.idleMs();
  }

  stop(): Promise<void> {
    return this.#member.stop(() => withTimeout(this.#consumer.disconnect(), stopTimeoutMs, 'leaving the group'));
  }

  async #run(): Promise<void> {
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently,
      eachBatch: (payload) => this.#take(payload),
    });
  }

  #listen(): void {
    const { GROUP_JOIN, REBALANCING, HEARTBEAT, COMMIT_OFFSETS, CRASH } = this.#consumer.events;
    this.#consumer.on(REBALANCING, () => this.#member.revoking());
    this.#consumer.on(HEARTBEAT, () => this.#member.answered());
    this.#consumer.on(COMMIT_OFFSETS, () => {
      this.#commitsTaken += 1;
      this.#member.answered();
    });
    this.#consumer.on(GROUP_JOIN, (event) => {
      this.#member.answered();
      this.#assign(event).catch((error: unknown) => this.#member.giveUp(error));
    });
    this.#consumer.on(CRASH, (event) => this.#crashed(event));
  }

  /** Called by kafkajs, in the order of the log. An error that reaches it would starve all partitions. */
  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    if (payload.isStale() || !this.#isOpen(batch)) return;
    try {
      this.#handOver(payload);
    } catch (error) {
      this.#member.giveUp(error);
    }
    // kafkajs fetches again when this returns: seldom in a busy process that has caught up; one that lags gets much.
    const delayMs = this.#linger.delayMs();
    if (delayMs >= 1 && batch.offsetLag() === '0') await pauseFor(delayMs, this.#member.stopped);
    await this.#untilResumed();
  }

  #handOver(payload: EachBatchPayload): void {
    const { batch } = payload;
    const partition = { topic: batch.topic, partition: batch.partition };
    const { rawMessages, fetchedOffset } = batch as Batch & BatchOfPartition;
    const { unreadable } = rawMessages;
    // What holds nothing but markers is passed over, but not what can't be read.
    if (batch.messages.length > 0 || !unreadable) {
      const last = batch.lastOffset();
      payload.resolveOffset(last);
      const records = batch.messages.map((message) => incoming(partition, message));
      this.#member.handOver(partition, records, BigInt(last) + 1n);
    }
    if (!unreadable) return;
    const retrying = this.#member.retryLater(partition, BigInt(fetchedOffset), unreadable);
    retrying.catch((error: unknown) => this.#member.giveUp(error));
  }

  /** While everything is paused kafkajs sleeps for as long as a fetch may take, and a resume does not wake it. */
  async #untilResumed(): Promise<void> {
    const { positions, stopped } = this.#member;
    if ([...positions.keys()].some((key) => this.#member.isWanted(key))) return;
    await pauseFor(fetchMaxWaitMs(this.#options), AbortSignal.any([this.#resumed.signal, stopped]));
  }

  async #assign({ payload }: ConsumerGroupJoinEvent): Promise<void> {
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    // Before anything is awaited, so that no fetch can start with a position of kafkajs's own choice.
    this.#apply('pause', partitions);
    await this.#member.assign(partitions);
  }

  #openAt(positions: readonly OffsetCommit[]): void {
    for (const position of positions) this.#consumer.seek({ ...position, offset: String(position.offset) });
    this.#apply(
      'resume',
      positions.filter((partition) => !this.#member.paused.has(partitionKey(partition))),
    );
  }

  /** kafkajs answers nothing, and commits nothing while its runner is not running: only a count shows which it was. */
  async #commit(offsets: readonly OffsetCommit[]): Promise<boolean> {
    const taken = this.#commitsTaken;
    await this.#consumer.commitOffsets(offsets.map((commit) => ({ ...commit, offset: String(commit.offset) })));
    return this.#commitsTaken > taken;
  }

  #crashed({ payload: { error, restart } }: ConsumerCrashEvent): void {
    if (this.#member.stopped.aborted) return;
    this.#member.unassign();
    if (restart) return;
    if (!isBrokerUnavailable(error)) return this.#member.giveUp(error);
    this.#parts.log.warn({ err: error }, 'kafkajs gave up on the brokers, starting it again');
    this.#member.later(() => this.#run()).catch((failure: unknown) => this.#member.giveUp(failure));
  }

  readonly #isOpen = (partition: TopicPartition): boolean => this.#member.positions.has(partitionKey(partition));

  #apply(action: 'pause' | 'resume', partitions: readonly TopicPartition[]): void {
    if (partitions.length === 0 || this.#member.stopped.aborted) return;
    const perPartition = partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));
    try {
      this.#consumer[action](perPartition);
    } catch (error) {
      // kafkajs has no group between a crash and its restart; the next join starts with a clean slate.
      this.#parts.log.debug({ err: error }, `${action} came between two assignments`);
    }
  }
}
