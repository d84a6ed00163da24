import { AdaptiveLinger, AppError, backoffMs, errorOf, pauseFor, type Log } from '@sluice/core';
import {
  partitionKey,
  type AdminConnection,
  type ConsumerConnection,
  type ConsumerEvents,
  type Fetched,
  type GroupConsumerOptions,
  type OffsetCommit,
  type TopicPartition,
} from '@sluice/kafka/driver';
import type { Timeouts } from '../connection.ts';
import { GroupMember } from '../group-member.ts';
import type { DriverOptions } from '../driver-options.ts';
import { isAnswer, isBrokerUnavailable, isOutOfRange, isRebalance } from './errors.ts';
import { PlatformaticFetcher, TopicReplaced } from './fetcher.ts';
import { Membership, type Generation } from './membership.ts';

export interface ConsumerParts {
  client: DriverOptions;
  admin: () => Promise<AdminConnection>;
  log: Log;
  timeouts: Timeouts;
  metadataMaxAgeMs: number;
}

/** A member of a group. The client does membership and requests; positions are kept here, one loop per topic fetches. */
export class PlatformaticConsumer implements ConsumerConnection {
  readonly #parts: ConsumerParts;
  readonly #options: GroupConsumerOptions;
  readonly #membership: Membership;
  readonly #member: GroupMember;
  readonly #fetchers: PlatformaticFetcher[] = [];
  #generation: Generation | undefined;
  /** Resolves when there may be more to fetch than before. */
  #change = Promise.withResolvers<void>();

  constructor(parts: ConsumerParts, options: GroupConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
    const member = new GroupMember({
      ...{ group: options.group, admin: parts.admin, log: parts.log, callMs: parts.timeouts.callMs },
      ...{ isRebalance, isAnswer },
      commit: (offsets) => this.#commit(offsets),
      open: () => this.#wake(),
      // Fetched is what the member wants.
      shut: () => undefined,
    });
    this.#member = member;
    this.#membership = new Membership(parts, options, {
      onJoined: (generation) => {
        member.answered();
        this.#generation = generation;
        member.assign(generation.partitions).catch((error: unknown) => member.giveUp(error));
      },
      onAnswer: () => member.answered(),
      onLost: (error) => this.#lost(error),
    });
  }

  async start(events: ConsumerEvents): Promise<void> {
    const { client, timeouts } = this.#parts;
    const { group: _, topics, ...limits } = this.#options;
    const admin = await this.#member.start(events);
    for (const topic of topics) {
      await admin.partitionCount(topic);
      const fetcher = await PlatformaticFetcher.connect(client, { topic, ...limits }, timeouts);
      this.#fetchers.push(fetcher);
      this.#follow(topic, fetcher).catch((error: unknown) => this.#member.giveUp(error));
    }
    await this.#member.inTime(this.#membership.join());
    await this.#member.joined();
  }

  commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    return this.#member.commit(offsets, epoch);
  }

  pause(partitions: TopicPartition[]): void {
    this.#member.pause(partitions);
  }

  resume(partitions: TopicPartition[]): void {
    this.#member.resume(partitions);
    this.#wake();
  }

  seek(position: OffsetCommit): void {
    this.#member.seek(position);
  }

  idleMs(): number {
    return this.#member.idleMs();
  }

  stop(): Promise<void> {
    return this.#member.stop(async () => {
      this.#wake();
      await this.#membership.leave().finally(() => Promise.all(this.#fetchers.map((fetcher) => fetcher.close())));
    });
  }

  async #commit(offsets: readonly OffsetCommit[]): Promise<boolean> {
    if (!this.#generation) return false;
    await this.#membership.commit(offsets, this.#generation);
    this.#member.answered();
    return true;
  }

  /** Fetches what is assigned of a topic, whatever the epoch: a fetcher has one request under way at most. */
  async #follow(topic: string, fetcher: PlatformaticFetcher): Promise<void> {
    const linger = new AdaptiveLinger();
    const { stopped } = this.#member;
    for (let failures = 0; !stopped.aborted;) {
      const { epoch } = this.#member;
      const wanted = this.#wanted(topic);
      if (wanted.size === 0) {
        await this.#change.promise;
        continue;
      }
      try {
        const parts = await fetcher.fetch(wanted);
        for (const fetched of parts) this.#handOver(topic, fetched, epoch);
        failures = 0;
        // A busy process that has caught up fetches seldom and much; one that lags behind fetches much anyway.
        const delayMs = linger.delayMs();
        if (parts.every(({ next, end }) => next >= end)) await pauseFor(delayMs, stopped);
      } catch (error) {
        if (stopped.aborted) return;
        if (isOutOfRange(error) || error instanceof TopicReplaced) this.#openAgain(epoch);
        else if (!(error instanceof AppError)) throw error;
        await pauseFor(backoffMs(++failures, { maxMs: 1_000 }), stopped);
      }
    }
  }

  #wanted(topic: string): Map<number, bigint> {
    const { positions } = this.#member;
    const wanted = new Map<number, bigint>();
    for (const { topic: name, partition } of this.#generation?.partitions ?? []) {
      const key = partitionKey({ topic, partition });
      const position = positions.get(key);
      if (name === topic && position !== undefined && this.#member.isWanted(key)) wanted.set(partition, position);
    }
    return wanted;
  }

  #handOver(topic: string, { partition, records, next, unreadable }: Fetched, epoch: number): void {
    const { positions, paused } = this.#member;
    const key = partitionKey({ topic, partition });
    // Paused meanwhile: these are fetched again when they are wanted.
    if (!this.#member.isCurrent(epoch) || paused.has(key)) return;
    const isNew = positions.get(key) !== next;
    positions.set(key, next);
    if (isNew) this.#member.handOver({ topic, partition }, records, next);
    if (!unreadable) return;
    const retrying = this.#member.retryLater({ topic, partition }, next, unreadable);
    retrying.catch((error: unknown) => this.#member.giveUp(error));
  }

  /** Positions are not in their partitions: looks for the start positions, and reports which of them are out of range. */
  #openAgain(epoch: number): void {
    if (!this.#member.isCurrent(epoch)) return;
    this.#member.assign(this.#generation?.partitions ?? []).catch((error: unknown) => this.#member.giveUp(error));
  }

  #lost(error: Error): void {
    if (this.#member.stopped.aborted) return;
    this.#generation = undefined;
    this.#member.unassign();
    if (!isBrokerUnavailable(error) && !isRebalance(error)) return this.#member.giveUp(error);
    this.#parts.log.warn({ err: error }, 'the client gave up on the brokers, joining again');
    this.#member.later(() => this.#membership.join()).catch((failure: unknown) => this.#lost(errorOf(failure)));
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
