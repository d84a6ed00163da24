import type { AdminConnection } from '../drivers/port.ts';

/**
 * Offsets of a topic that a group has still to pass, by partition. It counts from the later of what is committed and what
 * is left: what has expired can't be consumed any more. A committed offset beyond the end counts as none, as it does to a
 * member that joins. Rejects with `invalid` when the topic does not exist.
 */
export async function groupLag(
  admin: AdminConnection,
  group: string,
  topic: string,
): Promise<ReadonlyMap<number, number>> {
  const [committed, starts] = await Promise.all([admin.committedOffsets(group, topic), admin.startOffsets(topic)]);
  // After what is committed, which is never more than there is.
  const ends = await admin.endOffsets(topic);
  const lagOf = ([partition, end]: [number, bigint]): [number, number] => {
    const start = starts.get(partition) ?? 0n;
    const position = committed.get(partition) ?? start;
    return [partition, Number(end - (position > start && position <= end ? position : start))];
  };
  return new Map([...ends].map(lagOf));
}
