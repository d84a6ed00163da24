import { AppError, backoffMs, type Log, pauseFor } from '@sluice/core';
import type { AdminConnection, OffsetCommit, TopicPartition } from './port.ts';

interface StartPositions {
  /** Where each partition is to be read from: as committed, else from the earliest record. */
  all: OffsetCommit[];
  /**
   * Those without a committed offset. It is committed before anything is read: a start at the latest offset after a
   * restart would skip records.
   */
  initial: OffsetCommit[];
}

async function startPositions(
  admin: AdminConnection,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<StartPositions> {
  const positions: StartPositions = { all: [], initial: [] };
  for (const topic of new Set(partitions.map((partition) => partition.topic))) {
    const owned = partitions.filter((partition) => partition.topic === topic);
    const committed = await admin.committedOffsets(group, topic);
    const isComplete = owned.every(({ partition }) => committed.has(partition));
    const earliest = isComplete ? new Map<number, bigint>() : await admin.startOffsets(topic);
    for (const { partition } of owned) {
      const known = committed.get(partition);
      const position = { topic, partition, offset: known ?? earliest.get(partition) ?? 0n };
      positions.all.push(position);
      if (known === undefined) positions.initial.push(position);
    }
  }
  return positions;
}

/** An assignment whose positions are to be found. */
export interface Assignment {
  group: string;
  partitions: readonly TopicPartition[];
  admin: AdminConnection | undefined;
  log: Log;
  stopped: AbortSignal;
  /** False once another assignment has taken its place. */
  isCurrent: () => boolean;
  /** Answers false when the assignment is over. */
  commit: (initial: OffsetCommit[]) => Promise<boolean>;
  /** Lets the partitions be fetched from there. */
  open: (positions: readonly OffsetCommit[]) => void;
}

/**
 * Finds the start positions, commits those that had none and opens the partitions; tries again for as long as the
 * assignment lasts. False when it ended before.
 */
export async function openAtStartPositions(assignment: Assignment): Promise<boolean> {
  const { group, log, stopped } = assignment;
  for (let attempt = 1; assignment.isCurrent(); attempt += 1) {
    try {
      if (await tryToOpen(assignment)) return true;
    } catch (error) {
      log.warn({ err: error, group }, 'start positions are not known yet');
    }
    await pauseFor(backoffMs(attempt), stopped);
  }
  return false;
}

async function tryToOpen({ admin, group, partitions, isCurrent, commit, open }: Assignment): Promise<boolean> {
  if (!admin) throw new AppError('unavailable', 'not-connected', 'the consumer is not connected');
  const { all, initial } = await startPositions(admin, group, partitions);
  if (initial.length > 0 && !(await commit(initial))) return false;
  if (!isCurrent()) return false;
  open(all);
  return true;
}
