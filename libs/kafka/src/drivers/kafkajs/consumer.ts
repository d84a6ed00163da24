import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { backoffMs, withTimeout, SerialQueue, type Log, AdaptiveLinger, pauseFor } from '@sluice/core';
import type {
  ConsumerConnection,
  ConsumerEvents,
  GroupConsumerOptions,
  OffsetCommit,
  TopicPartition,
} from '../port.ts';
import type { Timeouts } from '../connection.ts';
import { partitionKey } from '../partition-key.ts';
import type { KafkajsAdmin } from './admin.ts';
import { consumerConfig, fetchMaxWaitMs, rebalanceTimeoutMs } from './client.ts';
import { isBrokerUnavailable, isRebalance } from './errors.ts';
import { incoming } from './incoming.ts';
import { openAtStartPositions } from '../start-positions.ts';

const stopTimeoutMs = 8_000;
/** What a fetch brought is taken at once, so that there is one pause after it and not one for each partition. */
const partitionsConsumedConcurrently = 100;

export interface ConsumerParts {
  kafka: Kafka;
  /** For what kafkajs's consumer does not offer: committed and earliest offsets. */
  admin: () => Promise<KafkajsAdmin>;
  log: Log;
  timeouts: Timeouts;
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
  readonly #stopped = new AbortController();
  readonly #linger = new AdaptiveLinger();
  readonly #commits = new SerialQueue();
  readonly #joined = Promise.withResolvers<void>();
  #admin: KafkajsAdmin | undefined;
  #events: ConsumerEvents | undefined;
  #epoch = 0;
  /** Partitions whose position is set in the current epoch. */
  #open = new Set<string>();
  /** Partitions that the caller paused. */
  #held = new Set<string>();
  /** Aborted when one of them is resumed. */
  #resumed = new AbortController();
  #lastAnswer = Date.now();
  #commitsTaken = 0;

  constructor(parts: ConsumerParts, options: GroupConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#consumer = parts.kafka.consumer(consumerConfig(options));
    // A failure before `start` waits for it is reported by `start` itself.
    this.#joined.promise.catch(() => undefined);
  }

  async start(events: ConsumerEvents): Promise<void> {
    this.#events = events;
    this.#listen();
    const { connectMs, callMs } = this.#parts.timeouts;
    this.#admin = await this.#parts.admin();
    await withTimeout(this.#consumer.connect(), connectMs, 'connecting a consumer');
    const subscribing = this.#consumer.subscribe({ topics: this.#options.topics, fromBeginning: true });
    await withTimeout(subscribing, callMs, 'subscribing');
    await this.#run();
    await withTimeout(this.#joined.promise, callMs + rebalanceTimeoutMs, `joining group ${this.#options.group}`);
  }

  /** One at a time: only a count shows whether kafkajs committed. */
  commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    return this.#commits.run(() => this.#commit(offsets, epoch));
  }

  pause(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.#held.add(partitionKey(partition));
    this.#apply('pause', partitions);
  }

  resume(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.#held.delete(partitionKey(partition));
    this.#apply(
      'resume',
      partitions.filter((partition) => this.#open.has(partitionKey(partition))),
    );
    this.#resumed.abort();
    this.#resumed = new AbortController();
  }

  idleMs(): number {
    return Date.now() - this.#lastAnswer;
  }

  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#joined.reject(new Error('the consumer was stopped'));
    this.#revoke();
    try {
      await withTimeout(this.#consumer.disconnect(), stopTimeoutMs, 'leaving the group');
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the consumer did not leave its group in order');
    }
    await this.#admin?.close();
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
    const { GROUP_JOIN, HEARTBEAT, COMMIT_OFFSETS, CRASH } = this.#consumer.events;
    const answered = (): void => void (this.#lastAnswer = Date.now());
    this.#consumer.on(HEARTBEAT, answered);
    this.#consumer.on(COMMIT_OFFSETS, () => {
      this.#commitsTaken += 1;
      answered();
    });
    this.#consumer.on(GROUP_JOIN, (event) => {
      answered();
      this.#assign(event).catch((error: unknown) => this.#giveUp(error));
    });
    this.#consumer.on(CRASH, (event) => this.#crashed(event));
  }

  /** Called by kafkajs, in the order of the log. An error that reaches it would starve all partitions. */
  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const partition = { topic: batch.topic, partition: batch.partition };
    const last = batch.messages.at(-1);
    if (!last || payload.isStale() || !this.#open.has(partitionKey(partition))) return;
    try {
      payload.resolveOffset(last.offset);
      this.#events?.onRecords(
        partition,
        batch.messages.map((message) => incoming(partition, message)),
        this.#epoch,
      );
    } catch (error) {
      this.#giveUp(error);
    }
    // kafkajs fetches again when this returns: seldom in a busy process that has caught up; one that lags gets much.
    const delayMs = this.#linger.delayMs();
    if (delayMs >= 1 && batch.offsetLag() === '0') await pauseFor(delayMs, this.#stopped.signal);
    await this.#untilResumed();
  }

  /** While everything is paused kafkajs sleeps for as long as a fetch may take, and a resume does not wake it. */
  async #untilResumed(): Promise<void> {
    if (this.#held.size < this.#open.size) return;
    await pauseFor(fetchMaxWaitMs(this.#options), AbortSignal.any([this.#resumed.signal, this.#stopped.signal]));
  }

  async #assign({ payload }: ConsumerGroupJoinEvent): Promise<void> {
    const partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    );
    const epoch = this.#revoke();
    // Before anything is awaited, so that no fetch can start with a position of kafkajs's own choice.
    this.#apply('pause', partitions);
    this.#events?.onAssigned(partitions, epoch);
    const opened = await openAtStartPositions({
      ...{ group: this.#options.group, partitions, admin: this.#admin, log: this.#parts.log },
      stopped: this.#stopped.signal,
      isCurrent: () => this.#isCurrent(epoch),
      commit: (initial) => this.#commits.run(() => this.#commit(initial, epoch)),
      open: (positions) => this.#openAt(positions),
    });
    if (opened) this.#joined.resolve();
  }

  #openAt(positions: readonly OffsetCommit[]): void {
    for (const { topic, partition, offset } of positions) {
      this.#consumer.seek({ topic, partition, offset: offset.toString() });
      this.#open.add(partitionKey({ topic, partition }));
    }
    this.#apply(
      'resume',
      positions.filter((partition) => !this.#held.has(partitionKey(partition))),
    );
  }

  async #commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    if (!this.#isCurrent(epoch)) return false;
    const taken = this.#commitsTaken;
    const request = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: offset.toString() }));
    try {
      await withTimeout(this.#consumer.commitOffsets(request), this.#parts.timeouts.callMs, 'committing offsets');
    } catch (error) {
      if (isRebalance(error) || !this.#isCurrent(epoch)) return false;
      throw error;
    }
    // kafkajs answers nothing and commits nothing while its runner is not running.
    return this.#commitsTaken > taken;
  }

  #crashed({ payload: { error, restart } }: ConsumerCrashEvent): void {
    if (this.#stopped.signal.aborted) return;
    this.#events?.onAssigned([], this.#revoke());
    if (restart) return;
    if (!isBrokerUnavailable(error)) return this.#giveUp(error);
    this.#parts.log.warn({ err: error }, 'kafkajs gave up on the brokers, starting it again');
    void pauseFor(backoffMs(5), this.#stopped.signal)
      .then(() => (this.#stopped.signal.aborted ? undefined : this.#run()))
      .catch((failure: unknown) => this.#giveUp(failure));
  }

  #giveUp(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#joined.reject(failure);
    this.#events?.onCrash(failure);
  }

  /** Forgets what belonged to the assignment so far. */
  #revoke(): number {
    this.#open.clear();
    this.#held.clear();
    return ++this.#epoch;
  }

  #isCurrent(epoch: number): boolean {
    return epoch === this.#epoch && !this.#stopped.signal.aborted;
  }

  #apply(action: 'pause' | 'resume', partitions: TopicPartition[]): void {
    if (partitions.length === 0 || this.#stopped.signal.aborted) return;
    const perPartition = partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));
    try {
      this.#consumer[action](perPartition);
    } catch (error) {
      // kafkajs has no group between a crash and its restart; the next join starts with a clean slate.
      this.#parts.log.debug({ err: error }, `${action} came between two assignments`);
    }
  }
}
