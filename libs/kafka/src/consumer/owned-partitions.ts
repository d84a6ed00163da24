import { partitionKey } from '../drivers/partition-key.ts';
import type {
  ConsumerConnection,
  IncomingRecord,
  OffsetCommit,
  TopicPartition,
  UnreadableBatch,
} from '../drivers/port.ts';
import { Committer } from './committer.ts';
import type { GroupConsumerParts } from './group-consumer-parts.ts';
import type { OwnedPartition } from './lag-reader.ts';
import { PartitionWorker } from './partition-worker.ts';
import type { PartitionProgress } from './progress-watch.ts';

export const noEpoch = -1;

/** The partitions of the present assignment, each with a worker, and the commits of all of them. */
export class OwnedPartitions {
  readonly #parts: GroupConsumerParts;
  #epoch = noEpoch;
  #committer: Committer | undefined;
  #workers = new Map<string, PartitionWorker>();
  /** Work that outlives its assignment: a new worker of the same partition waits for it. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(parts: GroupConsumerParts) {
    this.#parts = parts;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get progress(): PartitionProgress[] {
    return [...this.#workers.values()].map(({ progress }) => progress);
  }

  /** Each with the timestamp of the oldest record that came and is not committed. */
  get unpassed(): OwnedPartition[] {
    return [...this.#workers.values()].map(({ partition, oldestMs }) => ({
      ...partition,
      sinceMs: this.#committer?.oldestMs(partition) ?? oldestMs,
    }));
  }

  has(partition: TopicPartition): boolean {
    return this.#workers.has(partitionKey(partition));
  }

  /** In place of those that were owned before. Without a connection nothing is. */
  assign(partitions: readonly TopicPartition[], epoch: number, connection?: ConsumerConnection): void {
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
    if (!connection) return;
    const { log, autoCommitIntervalMs } = this.#parts;
    const commit = async (offsets: OffsetCommit[]): Promise<boolean> => {
      const isTaken = await connection.commit(offsets, epoch);
      if (isTaken) this.#parts.onCommit(offsets);
      return isTaken;
    };
    const committer = new Committer(commit, log, autoCommitIntervalMs);
    this.#committer = committer;
    for (const partition of partitions) {
      this.#workers.set(partitionKey(partition), this.#startWorker(partition, committer, connection));
    }
  }

  push(partition: TopicPartition, records: IncomingRecord[], epoch: number, next: bigint): void {
    if (epoch === this.#epoch) this.#workers.get(partitionKey(partition))?.push(records, next);
  }

  /** Answers whether that is news of this assignment. */
  holdAt(partition: TopicPartition, batch: UnreadableBatch, epoch: number): boolean {
    return epoch === this.#epoch && (this.#workers.get(partitionKey(partition))?.holdAt(batch) ?? false);
  }

  /** Resolves when the batches under way are finished and committed; nothing begins any more. */
  async finish(): Promise<void> {
    const workers = [...this.#workers.values()];
    for (const worker of workers) worker.stop();
    await Promise.all(workers.map(({ finished }) => finished));
    await this.#committer?.flush();
  }

  /** Commits nothing any more, and owns nothing. */
  end(): void {
    this.#committer?.end();
    this.#workers = new Map();
  }

  #startWorker(partition: TopicPartition, committer: Committer, connection: ConsumerConnection): PartitionWorker {
    const processor = this.#parts.processors.get(partition.topic);
    if (!processor) throw new Error(`assigned a partition of ${partition.topic}, which no handler here consumes`);
    const { throttle, worker, observer, log } = this.#parts;
    return new PartitionWorker(
      {
        partition,
        processor: processor(partition),
        throttle,
        processed: (offset, ...how) => committer.mark({ ...partition, offset }, ...how),
        pause: () => connection.pause([partition]),
        resume: () => connection.resume([partition]),
        observer,
        log,
      },
      worker,
      this.#ending.get(partitionKey(partition)),
    );
  }
}
