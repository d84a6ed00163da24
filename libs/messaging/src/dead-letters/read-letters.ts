import { randomUUID } from 'node:crypto';
import { bounded } from '../bounded.ts';
import type { AdminConnection, IncomingRecord, KafkaDriver } from '../drivers/port.ts';

const readTimeoutMs = 60_000;

/**
 * Shows `visit` every record that a topic holds at the moment of the call, in the order of each partition, each once.
 * Keeps none of them. A topic that does not exist holds nothing. Rejects with an `unavailable` error when no broker
 * answers, or after a minute. Reads in a group of its own, which Kafka forgets by itself after `offsets.retention`.
 */
export async function readLetters(
  driver: KafkaDriver,
  topic: string,
  visit: (record: IncomingRecord) => void,
): Promise<void> {
  const left = await unread(driver, topic);
  if (left.size === 0) return;
  const finished = Promise.withResolvers<void>();
  // Rejected before anybody waits for it when the consumer crashes during its start, which then rejects itself.
  finished.promise.catch(() => undefined);
  const consumer = driver.consumer({ group: `dead-letters-${randomUUID()}`, topics: [topic], fetchMaxWaitMs: 50 });
  try {
    await consumer.start({
      onAssigned: () => undefined,
      onRecords: ({ partition }, records) => {
        try {
          take(left, partition, records, visit);
          if (left.size === 0) finished.resolve();
        } catch (error) {
          finished.reject(error);
        }
      },
      onCrash: (error) => finished.reject(error),
    });
    await bounded(finished.promise, readTimeoutMs, `reading ${topic}`);
  } finally {
    await consumer.stop();
  }
}

/** What is still to be read of a partition. */
interface Range {
  next: bigint;
  end: bigint;
}

async function unread(driver: KafkaDriver, topic: string): Promise<Map<number, Range>> {
  const admin: AdminConnection = await driver.admin();
  try {
    if (!(await admin.topics()).includes(topic)) return new Map();
    const [starts, ends] = await Promise.all([admin.startOffsets(topic), admin.endOffsets(topic)]);
    const ranges = [...ends].map(
      ([partition, end]) => [partition, { next: starts.get(partition) ?? 0n, end }] as const,
    );
    return new Map(ranges.filter(([, { next, end }]) => next < end));
  } finally {
    await admin.close();
  }
}

/** A rebalance makes records come again. */
function take(
  left: Map<number, Range>,
  partition: number,
  records: readonly IncomingRecord[],
  visit: (record: IncomingRecord) => void,
): void {
  const range = left.get(partition);
  if (!range) return;
  for (const record of records) {
    if (record.offset >= range.next && record.offset < range.end) visit(record);
    if (record.offset >= range.next) range.next = record.offset + 1n;
  }
  if (range.next >= range.end) left.delete(partition);
}
