import { AppError, backoffMs, withTimeout, SerialQueue, type Log, AdaptiveLinger, pauseFor } from '@sluice/core';
import type { Timeouts } from '../connection.ts';
import { partitionKey } from '../partition-key.ts';
import type {
  AdminConnection,
  ConsumerConnection,
  ConsumerEvents,
  DriverOptions,
  GroupConsumerOptions,
  OffsetCommit,
  TopicPartition,
} from '../port.ts';
import type { Fetched } from '../reading.ts';
import { openAtStartPositions } from '../start-positions.ts';
import { isBrokerUnavailable, isOutOfRange, isRebalance } from './errors.ts';
import { PlatformaticFetcher } from './fetcher.ts';
import { Membership, rebalanceTimeoutMs, type Generation } from './membership.ts';

export interface ConsumerParts {
  client: DriverOptions;
  admin: () => Promise<AdminConnection>;
  log: Log;
  timeouts: Timeouts;
}

/**
 * A member of a group. The client does membership and requests; positions are kept here, one loop per topic fetches. A
 * partition is fetched only once its start position is known and committed, and forgotten with its epoch.
 */
export class PlatformaticConsumer implements ConsumerConnection {
  readonly #parts: ConsumerParts;
  readonly #options: GroupConsumerOptions;
  readonly #membership: Membership;
  readonly #stopped = new AbortController();
  readonly #commits = new SerialQueue();
  readonly #joined = Promise.withResolvers<void>();
  readonly #fetchers: PlatformaticFetcher[] = [];
  /** Of partitions whose position is set in the current epoch. */
  readonly #positions = new Map<string, bigint>();
  /** Partitions that the caller paused. */
  readonly #held = new Set<string>();
  #admin: AdminConnection | undefined;
  #events: ConsumerEvents | undefined;
  #epoch = 0;
  #generation: Generation | undefined;
  #lastAnswer = Date.now();
  /** Resolves when there may be more to fetch than before. */
  #change = Promise.withResolvers<void>();

  constructor(parts: ConsumerParts, options: GroupConsumerOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#membership = new Membership(parts.client, options, {
      onJoined: (generation) => {
        this.#lastAnswer = Date.now();
        this.#assign(generation).catch((error: unknown) => this.#giveUp(error));
      },
      onAnswer: () => void (this.#lastAnswer = Date.now()),
      onLost: (error) => this.#lost(error),
    });
    // A failure before `start` waits for it is reported by `start` itself.
    this.#joined.promise.catch(() => undefined);
  }

  async start(events: ConsumerEvents): Promise<void> {
    this.#events = events;
    const { client, timeouts } = this.#parts;
    const { group, topics, ...limits } = this.#options;
    this.#admin = await this.#parts.admin();
    for (const topic of topics) {
      await this.#admin.partitionCount(topic);
      const fetcher = await PlatformaticFetcher.connect(client, { topic, ...limits }, timeouts);
      this.#fetchers.push(fetcher);
      this.#follow(topic, fetcher).catch((error: unknown) => this.#giveUp(error));
    }
    const joinMs = timeouts.callMs + rebalanceTimeoutMs;
    await withTimeout(this.#membership.join(), joinMs, `joining group ${group}`);
    await withTimeout(this.#joined.promise, joinMs, `joining group ${group}`);
  }

  /** One at a time, so that a later position is never overtaken by an earlier one. */
  commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    return this.#commits.run(() => this.#commit(offsets, epoch));
  }

  pause(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.#held.add(partitionKey(partition));
  }

  resume(partitions: TopicPartition[]): void {
    for (const partition of partitions) this.#held.delete(partitionKey(partition));
    this.#wake();
  }

  idleMs(): number {
    return Date.now() - this.#lastAnswer;
  }

  async stop(): Promise<void> {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#joined.reject(new Error('the consumer was stopped'));
    this.#revoke();
    this.#wake();
    try {
      await this.#membership.leave();
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the consumer did not leave its group in order');
    }
    await Promise.all([...this.#fetchers.map((fetcher) => fetcher.close()), this.#admin?.close()]);
  }

  async #assign(generation: Generation): Promise<void> {
    const epoch = this.#revoke();
    this.#generation = generation;
    this.#events?.onAssigned(generation.partitions, epoch);
    const opened = await openAtStartPositions({
      ...{ group: this.#options.group, partitions: generation.partitions, admin: this.#admin, log: this.#parts.log },
      stopped: this.#stopped.signal,
      isCurrent: () => this.#isCurrent(epoch),
      commit: (initial) => this.#commits.run(() => this.#commit(initial, epoch)),
      open: (positions) => this.#openAt(positions),
    });
    if (opened) this.#joined.resolve();
  }

  #openAt(positions: readonly OffsetCommit[]): void {
    for (const position of positions) this.#positions.set(partitionKey(position), position.offset);
    this.#wake();
  }

  async #commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    const generation = this.#generation;
    if (!this.#isCurrent(epoch) || !generation) return false;
    try {
      await withTimeout(
        this.#membership.commit(offsets, generation),
        this.#parts.timeouts.callMs,
        'committing offsets',
      );
    } catch (error) {
      if (isRebalance(error) || !this.#isCurrent(epoch)) return false;
      throw error;
    }
    this.#lastAnswer = Date.now();
    return true;
  }

  /** Fetches what is assigned of a topic, whatever the epoch: a fetcher has one request under way at most. */
  async #follow(topic: string, fetcher: PlatformaticFetcher): Promise<void> {
    const linger = new AdaptiveLinger();
    for (let failures = 0; !this.#stopped.signal.aborted;) {
      const epoch = this.#epoch;
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
        if (parts.every(({ next, end }) => next >= end)) await pauseFor(delayMs, this.#stopped.signal);
      } catch (error) {
        if (this.#stopped.signal.aborted) return;
        if (isOutOfRange(error)) await this.#restart(topic, epoch);
        else if (!(error instanceof AppError)) throw error;
        await pauseFor(backoffMs(++failures, { maxMs: 1_000 }), this.#stopped.signal);
      }
    }
  }

  #wanted(topic: string): Map<number, bigint> {
    const wanted = new Map<number, bigint>();
    for (const { topic: name, partition } of this.#generation?.partitions ?? []) {
      const key = partitionKey({ topic, partition });
      const position = this.#positions.get(key);
      if (name === topic && position !== undefined && !this.#held.has(key)) wanted.set(partition, position);
    }
    return wanted;
  }

  #handOver(topic: string, { partition, records, next }: Fetched, epoch: number): void {
    const key = partitionKey({ topic, partition });
    // Paused meanwhile: these are fetched again when they are wanted.
    if (!this.#isCurrent(epoch) || this.#held.has(key)) return;
    this.#positions.set(key, next);
    if (records.length > 0) this.#events?.onRecords({ topic, partition }, records, epoch);
  }

  /** Records that were to be read expired: goes on with the oldest that are left. */
  async #restart(topic: string, epoch: number): Promise<void> {
    const starts = (await this.#admin?.startOffsets(topic)) ?? new Map<number, bigint>();
    if (!this.#isCurrent(epoch)) return;
    for (const [partition, position] of this.#wanted(topic)) {
      const start = starts.get(partition) ?? 0n;
      if (position < start) this.#positions.set(partitionKey({ topic, partition }), start);
    }
  }

  #lost(error: Error): void {
    if (this.#stopped.signal.aborted) return;
    this.#generation = undefined;
    this.#events?.onAssigned([], this.#revoke());
    if (!isBrokerUnavailable(error) && !isRebalance(error)) return this.#giveUp(error);
    this.#parts.log.warn({ err: error }, 'the client gave up on the brokers, joining again');
    void pauseFor(backoffMs(5), this.#stopped.signal)
      .then(() => (this.#stopped.signal.aborted ? undefined : this.#membership.join()))
      .catch((failure: unknown) => this.#lost(failure instanceof Error ? failure : new Error(String(failure))));
  }

  #giveUp(error: unknown): void {
    if (this.#stopped.signal.aborted) return;
    const failure = error instanceof Error ? error : new Error(String(error));
    this.#joined.reject(failure);
    this.#events?.onCrash(failure);
  }

  /** Forgets what belonged to the assignment so far. */
  #revoke(): number {
    this.#positions.clear();
    this.#held.clear();
    return ++this.#epoch;
  }

  #wake(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  #isCurrent(epoch: number): boolean {
    return epoch === this.#epoch && !this.#stopped.signal.aborted;
  }
}
