import type { IncomingRecord, KafkaDriver } from '@sluice/messaging/drivers';
import { eventually } from '@sluice/messaging/testing';

/** Reads all of some topics in a group of its own, up to what they hold now. */
export async function readAll(driver: KafkaDriver, topics: string[]): Promise<IncomingRecord[]> {
  const admin = await driver.admin();
  const records: IncomingRecord[] = [];
  const consumer = driver.consumer({ group: `e2e-${crypto.randomUUID()}`, topics });
  try {
    const ends = await Promise.all(topics.map((topic) => admin.endOffsets(topic)));
    const expected = ends.flatMap((partitions) => [...partitions.values()]).reduce((sum, end) => sum + Number(end), 0);
    await consumer.start({
      onRecords: (_partition, batch) => void records.push(...batch),
      onAssigned: () => undefined,
      onCrash: (error) => {
        throw error;
      },
    });
    await eventually(() => {
      if (records.length < expected) throw new Error(`read ${records.length} of ${expected} records`);
    });
    return records;
  } finally {
    await consumer.stop();
    await admin.close();
  }
}

/** Publishes records of a topic again as they are, so that consumers see each a second time. Gives their number. */
export async function redeliverAll(
  driver: KafkaDriver,
  topics: string[],
  which: (record: IncomingRecord) => boolean,
): Promise<number> {
  const again = (await readAll(driver, topics)).filter(which);
  const producer = await driver.producer();
  try {
    await producer.sendBatch(again);
  } finally {
    await producer.close();
  }
  return again.length;
}
