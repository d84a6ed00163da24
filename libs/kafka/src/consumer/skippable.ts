import { AppError } from '@sluice/core';
import type { KafkaDriver, OffsetCommit } from '../drivers/port.ts';
import { withAdmin } from '../drivers/with-admin.ts';

/** Where a group is, and where it is to go on: offsets of one partition. */
export interface Skip extends OffsetCommit {
  to: bigint;
}

/** Throws `not-found`, `conflict` or `invalid` unless the group is at that offset, and can go on where it is told to. */
export async function assertSkippable(driver: KafkaDriver, group: string, skip: Skip): Promise<void> {
  const { topic, partition, offset, to } = skip;
  const place = `${topic}/${partition}`;
  const [position, end] = await withAdmin(driver, async (admin) => [
    (await admin.committedOffsets(group, topic)).get(partition),
    (await admin.endOffsets(topic)).get(partition),
  ]);
  if (position === undefined || end === undefined) {
    throw new AppError('not-found', 'no-position', `Group ${group} has no position in ${place}.`);
  }
  if (position !== offset) {
    throw new AppError(
      'conflict',
      'not-at-offset',
      `Group ${group} is at offset ${position} of ${place}, not ${offset}.`,
    );
  }
  if (to > offset && to <= end) return;
  const range = `It must be after ${offset} and not after ${end}, where ${place} ends.`;
  throw new AppError('invalid', 'offset-out-of-range', `The group can't go on at offset ${to}. ${range}`);
}
