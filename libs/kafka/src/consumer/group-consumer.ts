import {
  AppError,
  backoffMs,
  errorOf,
  isUnavailable,
  messageOf,
  withTimeout,
  pauseFor,
  withoutValues,
} from '@sluice/core';
import type {
  ConsumerConnection,
  ConsumerEvents,
  IncomingRecord,
  OffsetCommit,
  OffsetOutOfRange,
  TopicPartition,
  UnreadableBatch,
} from '../drivers/port.ts';
import { partitionKey } from '../drivers/partition-key.ts';
import { withAdmin } from '../drivers/with-admin.ts';
import { Committer } from './committer.ts';
import type { ConsumerHealth } from './consumer-health.ts';
import { refuseClash } from './group-clash.ts';
import type { GroupConsumerParts } from './group-consumer-parts.ts';
import { missedRecords } from './missed-records.ts';
import { reportOutOfRange } from './out-of-range.ts';
import { assertSkippable } from './skippable.ts';
import { PartitionWorker } from './partition-worker.ts';
import { ProgressWatch } from './progress-watch.ts';
import { Watchdog } from './watchdog.ts';

const noEpoch = -1;

/** A member of a group: gives every assigned partition a worker, and commits what the workers have dealt with. */
export class GroupConsumer implements ConsumerEvents {
  readonly #parts: GroupConsumerParts;
  readonly #stopping = new AbortController();
  #connection: ConsumerConnection | undefined;
  #watchdog: Watchdog | undefined;
  readonly #progress: ProgressWatch;
  /** Of the last attempt to join. */
  #failure: Error | undefined;
  /** What the client gave up for, while joining. */
  #crash: Error | undefined;
  #state: ConsumerHealth['state'] = 'stopped';
  #epoch = noEpoch;
  #committer: Committer | undefined;
  #workers = new Map<string, PartitionWorker>();
  /** Work that outlives its assignment: a new worker of the same partition waits for it. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(parts: GroupConsumerParts) {
    this.#parts = parts;
    const { driver, membership, observer, log } = parts;
    this.#progress = new ProgressWatch(
      {
        partitions: () => [...this.#workers.values()].map(({ progress }) => progress),
        missed: (idle) => missedRecords(driver, membership.group, idle),
        onLook: (stalls) => observer.stalled(stalls),
        log,
      },
      parts.progress,
    );
  }

  /**
   * Resolves after the first join. Whatever keeps it from joining, it tries again until `stop`: a broker that is down, a
   * foreign member, another service of the same name, a right that is missing.
   */
  async start(): Promise<void> {
    this.#state = 'joining';
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt += 1) {
      this.#crash = undefined;
      try {
        const connection = (this.#connection = this.#parts.driver.consumer(this.#parts.membership));
        await refuseClash(this.#parts);
        await connection.start(this);
        // Again, for members that joined at the same moment.
        await refuseClash(this.#parts);
        this.#rethrowCrash();
        this.#state = 'joined';
        this.#failure = undefined;
        this.#watch(connection);
        return;
      } catch (error) {
        await this.#drop();
        if (this.#stopping.signal.aborted) return;
        this.#failure = errorOf(error);
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
    this.#progress.stop();
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
    const all = [...this.#workers.values()].map(({ progress }) => progress);
    const holds = all.flatMap(({ topic, partition, hold }) => (hold ? [{ topic, partition, ...hold }] : []));
    const reason = this.#failure && { reason: withoutValues(messageOf(this.#failure)) };
    const place = { partitions: all.length, stalled: this.#progress.stalls };
    return { state: this.#state, ...reason, idleMs: this.#connection?.idleMs() ?? 0, holds, ...place };
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
    const committer = new Committer(
      async (offsets) => {
        const isTaken = (await connection?.commit(offsets, epoch)) ?? false;
        if (isTaken) this.#parts.onCommit(offsets);
        return isTaken;
      },
      this.#parts.log,
      this.#parts.autoCommitIntervalMs,
    );
    this.#committer = committer;
    for (const partition of partitions) {
      this.#workers.set(partitionKey(partition), this.#startWorker(partition, committer));
    }
    const { membership, log } = this.#parts;
    log.info({ group: membership.group, epoch, partitions: partitions.length }, 'partitions assigned');
  }

  onRecords(partition: TopicPartition, records: IncomingRecord[], epoch: number, next: bigint): void {
    if (epoch === this.#epoch) this.#workers.get(partitionKey(partition))?.push(records, next);
  }

  onOutOfRange(found: OffsetOutOfRange): void {
    reportOutOfRange(found, this.#parts.membership.group, this.#parts);
  }

  onUnreadable(partition: TopicPartition, batch: UnreadableBatch, epoch: number): void {
    const worker = this.#workers.get(partitionKey(partition));
    if (epoch !== this.#epoch || !worker?.holdAt(batch)) return;
    const { membership, log } = this.#parts;
    const { offset, codec, reason } = batch;
    const about = { group: membership.group, ...partition, offset: String(offset), codec, reason };
    log.error(about, `a batch can't be read, its partition waits`);
  }

  onCrash(error: Error): void {
    if (this.#stopping.signal.aborted) return;
    this.#crash = error;
    if (this.#state !== 'joined') return;
    if (!isUnavailable(error)) return this.#parts.onFatal(error);
    this.#joinAgain(error).catch((failure: unknown) => this.#parts.onFatal(errorOf(failure)));
  }

  /** A broker ended the membership: nothing is wrong with the process, and others may need it. */
  async #joinAgain(error: Error): Promise<void> {
    const { membership, log } = this.#parts;
    log.warn({ err: error, group: membership.group }, 'is no member of the group any more, joining again');
    this.#state = 'joining';
    this.#failure = error;
    this.#watchdog?.stop();
    await this.#drop();
    await this.start();
  }

  /** Of a client that has given up since it joined. */
  #rethrowCrash(): void {
    if (this.#crash) throw this.#crash;
  }

  /** What the connection brought is no longer assigned to this member. */
  async #drop(): Promise<void> {
    if (this.#workers.size > 0) this.onAssigned([], noEpoch);
    await this.#connection?.stop();
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
