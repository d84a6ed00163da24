import { AppError, backoffMs, errorOf, messageOf, pauseFor, SerialQueue, withTimeout, type Log } from '@sluice/core';
import { partitionKey } from './partition-key.ts';
import type {
  AdminConnection,
  ConsumerEvents,
  IncomingRecord,
  OffsetCommit,
  TopicPartition,
  UnreadableBatch,
} from './port.ts';
import { startPositions } from './start-positions.ts';

/** Kafka `rebalance.timeout.ms`: how long a rebalance waits for members that do not come back. */
export const rebalanceTimeoutMs = 30_000;

export interface GroupMemberParts {
  group: string;
  admin: () => Promise<AdminConnection>;
  /** Commits in the client's present generation, one call at a time. Answers false when nothing was committed. */
  commit: (offsets: OffsetCommit[]) => Promise<boolean>;
  /** Longest time for a commit. */
  callMs: number;
  isRebalance: (error: unknown) => boolean;
  /** Whether it is an answer of a broker, and not a defect of the client. */
  isAnswer: (error: unknown) => boolean;
  /** Lets the partitions be fetched from there. */
  open: (positions: readonly OffsetCommit[]) => void;
  /** Fetches nothing of the partition until it is opened again. */
  shut: (partition: TopicPartition) => void;
  log: Log;
}

/** Between two attempts to read the same batch. */
const unreadableBackoff = { initialMs: 500, maxMs: 30_000 };

/**
 * What both drivers' consumers know about their membership: the present assignment under its epoch, what is paused, and
 * when the coordinator last answered. A partition is open once its start position is known and committed, and forgotten
 * with its epoch.
 */
export class GroupMember {
  /** Next offsets of the partitions that are open. */
  readonly positions = new Map<string, bigint>();
  /** Partitions that the caller paused. */
  readonly paused = new Set<string>();
  /** Partitions that wait at a batch that can't be read. */
  readonly #unreadable = new Map<string, { offset: bigint; attempts: number; retry: AbortController }>();
  readonly #parts: GroupMemberParts;
  readonly #stopping = new AbortController();
  readonly #commits = new SerialQueue();
  readonly #joined = Promise.withResolvers<void>();
  #admin: AdminConnection | undefined;
  #events: ConsumerEvents | undefined;
  #epoch = 0;
  #answeredAt = Date.now();

  constructor(parts: GroupMemberParts) {
    this.#parts = parts;
    // A failure before `joined` is awaited is reported by `joined` itself.
    this.#joined.promise.catch(() => undefined);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Aborted by `stop`. */
  get stopped(): AbortSignal {
    return this.#stopping.signal;
  }

  isCurrent(epoch: number): boolean {
    return epoch === this.#epoch && !this.stopped.aborted;
  }

  /** Connects the administration, which finds the start positions. */
  async start(events: ConsumerEvents): Promise<AdminConnection> {
    this.#events = events;
    return (this.#admin = await this.#parts.admin());
  }

  /** Resolves once all partitions of an assignment are open. Rejects when that takes longer than a rebalance may. */
  joined(): Promise<void> {
    return this.inTime(this.#joined.promise);
  }

  /** For a part of joining. */
  async inTime<T>(work: Promise<T>): Promise<T> {
    const { group, callMs } = this.#parts;
    try {
      return await withTimeout(work, callMs + rebalanceTimeoutMs, `joining group ${group}`);
    } catch (error) {
      throw this.#explained(error);
    }
  }

  /** The coordinator answered. */
  answered(): void {
    this.#answeredAt = Date.now();
  }

  idleMs(): number {
    return Date.now() - this.#answeredAt;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.paused.add(partitionKey(partition));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.paused.delete(partitionKey(partition));
  }

  /** Whether the partition may be fetched. */
  isWanted(key: string): boolean {
    const isWaiting = this.#unreadable.get(key)?.retry.signal.aborted === false;
    return this.positions.has(key) && !this.paused.has(key) && !isWaiting;
  }

  /** The fetched batch at `position` can't be read: the partition is fetched again from there, later and later. */
  async retryLater(partition: TopicPartition, position: bigint, batch: UnreadableBatch): Promise<void> {
    const [key, epoch, retry] = [partitionKey(partition), this.#epoch, new AbortController()];
    const offset = batch.offset > position ? batch.offset : position;
    const known = this.#unreadable.get(key);
    const attempts = known?.offset === offset ? known.attempts + 1 : 1;
    this.#unreadable.set(key, { offset, attempts, retry });
    this.#parts.shut(partition);
    this.#events?.onUnreadable?.(partition, { ...batch, offset }, epoch);
    await pauseFor(backoffMs(attempts, unreadableBackoff), AbortSignal.any([retry.signal, this.stopped]));
    if (retry.signal.aborted || !this.isCurrent(epoch)) return;
    retry.abort();
    this.#parts.open([{ ...partition, offset }]);
  }

  /** See `ConsumerConnection.seek`. */
  seek(position: OffsetCommit): void {
    const key = partitionKey(position);
    const { retry } = this.#unreadable.get(key) ?? {};
    if (!retry || retry.signal.aborted) return;
    retry.abort();
    this.positions.set(key, position.offset);
    this.#parts.open([position]);
  }

  /** Begins an epoch, and opens its partitions: tries for as long as the epoch lasts. */
  async assign(partitions: TopicPartition[]): Promise<void> {
    const epoch = this.#revoke();
    this.#events?.onAssigned(partitions, epoch);
    let closed: readonly TopicPartition[] = partitions;
    for (let attempt = 1; this.isCurrent(epoch); attempt += 1) {
      try {
        closed = await this.#open(closed, epoch);
        if (closed.length === 0) return this.#fetches(epoch);
      } catch (error) {
        this.#parts.log.warn({ err: error, group: this.#parts.group }, 'start positions are not known yet');
      }
      await pauseFor(backoffMs(attempt), this.stopped);
    }
  }

  /** The client fetches nothing, because it has to join again. */
  revoking(): void {
    this.#events?.onRevoking?.();
  }

  /** The membership is lost for the moment. */
  unassign(): void {
    this.#events?.onAssigned([], this.#revoke());
  }

  /** Of the present epoch. */
  handOver(partition: TopicPartition, records: IncomingRecord[], next: bigint): void {
    this.#events?.onRecords(partition, records, this.#epoch, next);
  }

  /** See `ConsumerConnection.commit`. One at a time, so that no earlier position overtakes a later one. */
  commit(offsets: OffsetCommit[], epoch: number): Promise<boolean> {
    return this.#commits.run(async () => {
      if (!this.isCurrent(epoch)) return false;
      try {
        return await withTimeout(this.#parts.commit(offsets), this.#parts.callMs, 'committing offsets');
      } catch (error) {
        if (this.#parts.isRebalance(error) || !this.isCurrent(epoch)) return false;
        throw error;
      }
    });
  }

  /** Begins `work` in a few seconds, unless it is stopped by then. */
  async later(work: () => Promise<unknown>): Promise<void> {
    await pauseFor(backoffMs(5), this.stopped);
    if (!this.stopped.aborted) await work();
  }

  /** The client does nothing any more. */
  giveUp(cause: unknown): void {
    if (this.stopped.aborted) return;
    const error = this.#explained(cause);
    this.#joined.reject(error);
    this.#events?.onCrash(error);
  }

  /** Calls `leave` once, and closes the administration after it. Never rejects. */
  async stop(leave: () => Promise<unknown>): Promise<void> {
    if (this.stopped.aborted) return;
    this.#stopping.abort();
    this.#joined.reject(new Error('the consumer was stopped'));
    this.#revoke();
    try {
      await leave();
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the consumer did not leave its group in order');
    }
    await this.#admin?.close();
  }

  /** What a broker answers may change with time, and no part of this process is to blame for it. */
  #explained(cause: unknown): Error {
    const { group, isAnswer } = this.#parts;
    if (cause instanceof AppError) return cause;
    const message = `group ${group} can't be joined: ${messageOf(cause)}`;
    return isAnswer(cause) ? new AppError('unavailable', 'not-joined', message, { cause }) : errorOf(cause);
  }

  /** Answers those that can't be opened now, e.g. because not every broker knows them yet. */
  async #open(partitions: readonly TopicPartition[], epoch: number): Promise<readonly TopicPartition[]> {
    if (!this.#admin) throw new AppError('unavailable', 'not-connected', 'the consumer is not connected');
    const { all, initial, outOfRange } = await startPositions(this.#admin, this.#parts.group, partitions);
    if (initial.length > 0 && !(await this.commit(initial, epoch))) return partitions;
    for (const found of outOfRange) this.#events?.onOutOfRange(found);
    if (!this.isCurrent(epoch)) return partitions;
    this.#parts.open(all);
    for (const position of all) this.positions.set(partitionKey(position), position.offset);
    return partitions.filter((partition) => !this.positions.has(partitionKey(partition)));
  }

  #fetches(epoch: number): void {
    if (this.isCurrent(epoch)) this.#events?.onFetching?.();
    this.#joined.resolve();
  }

  /** Forgets what belonged to the assignment so far. */
  #revoke(): number {
    this.positions.clear();
    this.paused.clear();
    this.#unreadable.clear();
    return ++this.#epoch;
  }
}
