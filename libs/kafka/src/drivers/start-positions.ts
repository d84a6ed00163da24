import type { AdminConnection, OffsetCommit, TopicPartition } from './port.ts';

export interface StartPositions {
  /** Where each partition is to be read from: as committed, else from the earliest record. */
  all: OffsetCommit[];
  /**
   * Those without a committed offset. It is committed before anything is read: a start at the latest offset after a
   * restart would skip records.
   */
  initial: OffsetCommit[];
}

export async function startPositions(
  admin: AdminConnection,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<StartPositions> {
  const positions: StartPositions = { all: [], initial: [] };
  for (const [topic, owned] of Map.groupBy(partitions, ({ topic }) => topic)) {
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
