import { AppError, backoffMs, withTimeout, type Log, pauseFor } from '@sluice/core';
import type {
  ConsumerConnection,
  ConsumerEvents,
  GroupConsumerOptions,
  IncomingRecord,
  KafkaDriver,
  OffsetCommit,
  TopicPartition,
} from '../drivers/port.ts';
import { partitionKey, partitionOfKey } from '../drivers/partition-key.ts';
import { withAdmin } from '../drivers/with-admin.ts';
import { Committer } from './committer.ts';
import { assertNoClash, GroupClash } from './group-clash.ts';
import type { ConsumerObserver } from './observer.ts';
import type { ProcessorFactory } from './batch-processor.ts';
import { assertSkippable } from './skippable.ts';
import { PartitionWorker, type Hold, type WorkerOptions } from './partition-worker.ts';
import type { Throttle } from './throttle.ts';
import { Watchdog } from './watchdog.ts';

export interface GroupConsumerParts {
  driver: KafkaDriver;
  membership: GroupConsumerOptions;
  /** By topic. */
  processors: ReadonlyMap<string, ProcessorFactory>;
  worker: WorkerOptions;
  /** For all partitions together. */
  throttle: Throttle;
  /** The broker took these positions. Must not throw. */
  onCommit(offsets: readonly OffsetCommit[]): void;
  /** The client is beyond repair: the process should end, so that it is started again. */
  onFatal(error: Error): void;
  observer: ConsumerObserver;
  log: Log;
}

export interface ConsumerHealth {
  state: 'stopped' | 'joining' | 'joined';
  /** Milliseconds since the group's coordinator last answered. */
  idleMs: number;
  /** Partitions that wait, and for what. */
  holds: (TopicPartition & Hold)[];
}

/** A member of a group: gives every assigned partition a worker, and commits what the workers have dealt with. */
export class GroupConsumer implements ConsumerEvents {
  readonly #parts: GroupConsumerParts;
  readonly #stopping = new AbortController();
  #connection: ConsumerConnection | undefined;
  #watchdog: Watchdog | undefined;
  #state: ConsumerHealth['state'] = 'stopped';
  #epoch = -1;
  #committer: Committer | undefined;
  #workers = new Map<string, PartitionWorker>();
  /** Work that outlives its assignment: a new worker of the same partition waits for it. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(parts: GroupConsumerParts) {
    this.#parts = parts;
  }

  /**
   * Resolves after the first join; tries for as long as no broker answers, until `stop`. Rejects with a `GroupClash`,
   * and is then no member.
   */
  async start(): Promise<void> {
    this.#state = 'joining';
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt += 1) {
      const connection = this.#parts.driver.consumer(this.#parts.membership);
      this.#connection = connection;
      try {
        await this.#checkGroup();
        await connection.start(this);
        // Again, for members that joined at the same moment.
        await this.#checkGroup();
        this.#state = 'joined';
        this.#watch(connection);
        return;
      } catch (error) {
        if (error instanceof GroupClash) {
          await this.stop();
          throw error;
        }
        await connection.stop();
        if (this.#stopping.signal.aborted) return;
        this.#parts.log.warn({ err: error, group: this.#parts.membership.group }, 'could not join the group yet');
        await pauseFor(backoffMs(attempt), this.#stopping.signal);
      }
    }
  }

  /** Finishes the batches under way, commits, and leaves the group; after `timeoutMs` it leaves without. */
  async stop(timeoutMs = 5_000): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#watchdog?.stop();
    for (const worker of this.#workers.values()) worker.stop();
    const finished = Promise.all([...this.#workers.values()].map((worker) => worker.finished));
    try {
      await withTimeout(
        finished.then(() => this.#committer?.flush()),
        timeoutMs,
        'finishing the last batches',
      );
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'stopped before the last batches were finished; they come again');
    }
    this.#committer?.end();
    await this.#connection?.stop();
    this.#state = 'stopped';
  }

  /**
   * Moves the group past records of a partition that no member can read: commits `to`; it is read from there after the next
   * join. Rejects with `conflict` when another member owns the partition or the group is elsewhere, with `not-found` or
   * `invalid` for a place that does not exist, with `unavailable` while the group rebalances.
   */
  async skip(at: OffsetCommit, to: bigint): Promise<void> {
    const { driver, membership } = this.#parts;
    const { topic, partition } = at;
    if (!membership.topics.includes(topic)) {
      throw new AppError('not-found', 'topic-not-consumed', `Group ${membership.group} does not consume ${topic}.`);
    }
    await assertSkippable(driver, membership.group, { ...at, to });
    if (!this.#workers.has(partitionKey(at))) {
      throw new AppError('conflict', 'partition-elsewhere', `This process does not own ${topic}/${partition}.`);
    }
    if (await this.#connection?.commit([{ topic, partition, offset: to }], this.#epoch)) return;
    throw new AppError('unavailable', 'rebalancing', 'The group is rebalancing; try again.');
  }

  health(): ConsumerHealth {
    const holds = [...this.#workers].flatMap(([key, { hold }]) => (hold ? [{ ...partitionOfKey(key), ...hold }] : []));
    return { state: this.#state, idleMs: this.#connection?.idleMs() ?? 0, holds };
  }

  onAssigned(partitions: TopicPartition[], epoch: number): void {
    this.#epoch = epoch;
    this.#committer?.end();
    for (const [key, worker] of this.#workers) {
      worker.stop();
      this.#ending.set(key, worker.finished);
      void worker.finished.then(() => {
        if (this.#ending.get(key) === worker.finished) this.#ending.delete(key);
      });
    }
    this.#workers = new Map();
    if (this.#stopping.signal.aborted) return;
    const connection = this.#connection;
    const committer = new Committer(async (offsets) => {
      const isTaken = (await connection?.commit(offsets, epoch)) ?? false;
      if (isTaken) this.#parts.onCommit(offsets);
      return isTaken;
    }, this.#parts.log);
    this.#committer = committer;
    for (const partition of partitions) {
      this.#workers.set(partitionKey(partition), this.#startWorker(partition, committer));
    }
    const { membership, log } = this.#parts;
    log.info({ group: membership.group, epoch, partitions: partitions.length }, 'partitions assigned');
  }

  onRecords(partition: TopicPartition, records: IncomingRecord[], epoch: number): void {
    if (epoch === this.#epoch) this.#workers.get(partitionKey(partition))?.push(records);
  }

  onCrash(error: Error): void {
    if (!this.#stopping.signal.aborted) this.#parts.onFatal(error);
  }

  /** Throws for a clash only: whether the broker may be asked says nothing about consuming. */
  async #checkGroup(): Promise<void> {
    const { driver, membership, log } = this.#parts;
    try {
      await assertNoClash(driver, membership.group, membership.topics);
    } catch (error) {
      if (error instanceof GroupClash) throw error;
      log.warn({ err: error, group: membership.group }, 'who else is in the group is not known');
    }
  }

  #startWorker(partition: TopicPartition, committer: Committer): PartitionWorker {
    const processor = this.#parts.processors.get(partition.topic);
    if (!processor) throw new Error(`assigned a partition of ${partition.topic}, which no handler here consumes`);
    const { throttle, worker, observer, log } = this.#parts;
    const connection = this.#connection;
    return new PartitionWorker(
      {
        partition,
        processor: processor(partition),
        throttle,
        processed: (offset, commitNow) => committer.mark({ ...partition, offset }, commitNow),
        pause: () => connection?.pause([partition]),
        resume: () => connection?.resume([partition]),
        observer,
        log,
      },
      worker,
      this.#ending.get(partitionKey(partition)),
    );
  }

  #watch(connection: ConsumerConnection): void {
    const probe = () => withAdmin(this.#parts.driver, (admin) => admin.clusterId());
    const watched = { idleMs: () => connection.idleMs(), probe, onStuck: (error: Error) => this.onCrash(error) };
    this.#watchdog = new Watchdog(watched, this.#parts.log);
  }
}
