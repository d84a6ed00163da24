import { AppError, backoffMs, errorOf, isUnavailable, messageOf, withTimeout, pauseFor } from '@sluice/core';
import type {
  ConsumerConnection,
  ConsumerEvents,
  IncomingRecord,
  OffsetCommit,
  OffsetOutOfRange,
  TopicPartition,
  UnreadableBatch,
} from '../drivers/port.ts';
import { withAdmin } from '../drivers/with-admin.ts';
import type { ConsumerHealth } from './consumer-health.ts';
import { GroupClash, refuseClash } from './group-clash.ts';
import type { GroupConsumerParts } from './group-consumer-parts.ts';
import { LagReader, type PartitionLag } from './lag-reader.ts';
import { missedRecords } from './missed-records.ts';
import { reportOutOfRange } from './out-of-range.ts';
import { noEpoch, OwnedPartitions } from './owned-partitions.ts';
import { ProgressWatch } from './progress-watch.ts';
import { RebalanceClock } from './rebalance-clock.ts';
import { assertSkippable } from './skippable.ts';
import { Watchdog } from './watchdog.ts';

/** A member of a group: joins it, again where that is needed, and has the partitions processed that it is assigned. */
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
  readonly #owned: OwnedPartitions;
  readonly #lags: LagReader;
  readonly #rebalance = new RebalanceClock();

  constructor(parts: GroupConsumerParts) {
    this.#parts = parts;
    const { driver, membership, observer, log } = parts;
    this.#owned = new OwnedPartitions(parts);
    this.#lags = new LagReader(driver, membership.group, () => this.#owned.unpassed);
    this.#progress = new ProgressWatch(
      {
        partitions: () => this.#owned.progress,
        missed: (idle) => missedRecords(driver, membership.group, idle),
        onLook: (stalls) => observer.stalled(stalls),
        log,
      },
      parts.progress,
    );
  }

  /**
   * Resolves after the first join. Whatever keeps it from joining, it tries again until `stop`: a broker that is down, a
   * foreign member, a right that is missing. Rejects with a `GroupClash`, and is then no member.
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
        if (error instanceof GroupClash) {
          await this.stop();
          throw error;
        }
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
    try {
      await withTimeout(this.#owned.finish(), timeoutMs, 'finishing the last batches');
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'stopped before the last batches were finished; they come again');
    }
    this.#owned.end();
    this.#parts.observer.assigned([]);
    await Promise.all([this.#connection?.stop(), this.#lags.close()]);
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
    if (!this.#owned.has(at)) {
      throw new AppError('conflict', 'partition-elsewhere', `This process does not own ${topic}/${partition}.`);
    }
    if (await this.#connection?.commit([{ topic, partition, offset: to }], this.#owned.epoch)) return;
    throw new AppError('unavailable', 'rebalancing', 'The group is rebalancing; try again.');
  }

  health(): ConsumerHealth {
    const all = this.#owned.progress;
    const holds = all.flatMap(({ topic, partition, hold }) => (hold ? [{ topic, partition, ...hold }] : []));
    const reason = this.#failure && { reason: messageOf(this.#failure) };
    const place = { partitions: all.length, stalled: this.#progress.stalls };
    return { state: this.#state, ...reason, idleMs: this.#connection?.idleMs() ?? 0, holds, ...place };
  }

  /** Of the owned partitions. Rejects when the broker does not answer within a second. */
  lags(): Promise<PartitionLag[]> {
    return this.#lags.lags();
  }

  onRevoking(): void {
    this.#rebalance.stopped();
  }

  onAssigned(partitions: TopicPartition[], epoch: number): void {
    this.#rebalance.stopped();
    const { membership, observer, log } = this.#parts;
    const isStopping = this.#stopping.signal.aborted;
    this.#owned.assign(partitions, epoch, isStopping ? undefined : this.#connection);
    observer.assigned(isStopping ? [] : partitions);
    if (!isStopping) log.info({ group: membership.group, epoch, partitions: partitions.length }, 'partitions assigned');
  }

  onFetching(): void {
    const pauseSeconds = this.#rebalance.fetches();
    if (pauseSeconds !== undefined) this.#parts.observer.rebalanced(pauseSeconds);
  }

  onRecords(partition: TopicPartition, records: IncomingRecord[], epoch: number, next: bigint): void {
    this.#owned.push(partition, records, epoch, next);
  }

  onOutOfRange(found: OffsetOutOfRange): void {
    reportOutOfRange(found, this.#parts.membership.group, this.#parts);
  }

  onUnreadable(partition: TopicPartition, batch: UnreadableBatch, epoch: number): void {
    if (!this.#owned.holdAt(partition, batch, epoch)) return;
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
    if (this.#owned.progress.length > 0) this.onAssigned([], noEpoch);
    await this.#connection?.stop();
  }

  #watch(connection: ConsumerConnection): void {
    const probe = () => withAdmin(this.#parts.driver, (admin) => admin.clusterId());
    const watched = { idleMs: () => connection.idleMs(), probe, onStuck: (error: Error) => this.onCrash(error) };
    this.#watchdog = new Watchdog(watched, this.#parts.log);
  }
}
