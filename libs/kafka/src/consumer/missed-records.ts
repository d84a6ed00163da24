import { isUnavailable, messageOf } from '@sluice/core';
import { partitionKey } from '../drivers/partition-key.ts';
import type { KafkaDriver, TopicPartition } from '../drivers/port.ts';
import { withAdmin } from '../drivers/with-admin.ts';
import type { Missed } from './progress-watch.ts';

/**
 * Which of the partitions have a record behind the group's committed offset. A difference to the end offset says too
 * little: control records of transactions have offsets, and no consumer gets them. So the log itself is read, without the group.
 */
export function missedRecords(
  driver: KafkaDriver,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<Missed> {
  return withAdmin(driver, async (admin) => {
    const found: Missed = new Map();
    for (const [topic, ofTopic] of Map.groupBy(partitions, (one) => one.topic)) {
      const [committed, ends] = [await admin.committedOffsets(group, topic), await admin.endOffsets(topic)];
      for (const { partition } of ofTopic) {
        const offset = committed.get(partition) ?? 0n;
        if (offset === ends.get(partition)) continue;
        const reason = await whyMissed(driver, { topic, partition }, offset);
        if (reason) found.set(partitionKey({ topic, partition }), { offset, reason });
      }
    }
    return found;
  });
}

async function whyMissed(
  driver: KafkaDriver,
  { topic, partition }: TopicPartition,
  offset: bigint,
): Promise<string | undefined> {
  try {
    const reading = driver.read({ topic, partitions: [partition], from: { offset }, until: 'latest' });
    for await (const record of reading) return `the record at ${record.offset} is there and is not fetched`;
    return undefined;
  } catch (error) {
    if (isUnavailable(error)) throw error;
    return messageOf(error);
  }
}
