import { AppError } from '@sluice/core';
import type { AdminConnection, OffsetCommit, OffsetOutOfRange, TopicPartition } from '@sluice/kafka/driver';

export interface StartPositions {
  /** Where each partition is to be read from: as committed, where that can be read, else from the earliest record. */
  all: OffsetCommit[];
  /**
   * Those that are not what is committed. They are committed before anything is read: a start at the latest offset after a
   * restart would skip records, and an offset out of range would be reported again.
   */
  initial: OffsetCommit[];
  /** Retention was faster than the group, or the offset belongs to an earlier topic of this name. */
  outOfRange: OffsetOutOfRange[];
}

export async function startPositions(
  admin: AdminConnection,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<StartPositions> {
  const positions: StartPositions = { all: [], initial: [], outOfRange: [] };
  for (const [topic, owned] of Map.groupBy(partitions, ({ topic }) => topic)) {
    const committed = await admin.committedOffsets(group, topic);
    // After the committed ones, which may grow meanwhile.
    const [starts, ends] = await Promise.all([offsets(admin.startOffsets(topic)), offsets(admin.endOffsets(topic))]);
    for (const { partition } of owned) {
      const [known, start, end] = [committed.get(partition), starts.get(partition), ends.get(partition)];
      // It was deleted after the partitions were divided, or this broker does not know it yet.
      if (start === undefined || end === undefined) continue;
      const isReadable = known !== undefined && known >= start && known <= end;
      const position = { topic, partition, offset: isReadable ? known : start };
      positions.all.push(position);
      if (isReadable) continue;
      positions.initial.push(position);
      if (known !== undefined) positions.outOfRange.push({ topic, partition, offset: known, start, end });
    }
  }
  return positions;
}

async function offsets(asked: Promise<Map<number, bigint>>): Promise<Map<number, bigint>> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof AppError && error.code === 'unknown-topic') return new Map();
    throw error;
  }
}
