import type { IncomingRecord, KafkaDriver } from '@sluice/kafka';
import { readTopic } from '@sluice/kafka/testing';

/** Publishes records of a topic again as they are, so that consumers see each a second time. Gives their number. */
export async function redeliverAll(
  driver: KafkaDriver,
  topics: string[],
  which: (record: IncomingRecord) => boolean,
): Promise<number> {
  const records = await Promise.all(topics.map((topic) => readTopic(driver, topic)));
  const again = records.flat().filter(which);
  const producer = await driver.producer();
  try {
    await producer.sendBatch(again);
  } finally {
    await producer.close();
  }
  return again.length;
}
