import type { AdminConnection } from '../drivers/port.ts';

/** Where a group is in a partition, and where that ends. */
export interface GroupPosition {
  position: bigint;
  end: bigint;
}

/**
 * Where a group is, by partition of a topic: at the later of what is committed and what is left, because what has expired
 * can't be consumed any more. A committed offset beyond the end counts as none, as it does to a member that joins. Rejects
 * with `invalid` when the topic does not exist.
 */
export async function groupPositions(
  admin: AdminConnection,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, GroupPosition>> {
  const [committed, starts] = await Promise.all([admin.committedOffsets(group, topic), admin.startOffsets(topic)]);
  // After what is committed, which is never more than there is.
  const ends = await admin.endOffsets(topic);
  const positionIn = ([partition, end]: [number, bigint]): [number, GroupPosition] => {
    const start = starts.get(partition) ?? 0n;
    const position = committed.get(partition) ?? start;
    return [partition, { position: position > start && position <= end ? position : start, end }];
  };
  return new Map([...ends].map(positionIn));
}

/** Offsets of a topic that a group has still to pass, by partition. */
export async function groupLag(
  admin: AdminConnection,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const positions = await groupPositions(admin, group, topic);
  return new Map([...positions].map(([partition, { position, end }]) => [partition, Number(end - position)]));
}
