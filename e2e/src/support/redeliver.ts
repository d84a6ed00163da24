import type { IncomingRecord, KafkaDriver } from '@sluice/messaging/drivers';

/** Reads all of some topics, up to what they hold now. */
export async function readAll(driver: KafkaDriver, topics: string[]): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  for (const topic of topics) {
    for await (const record of driver.read({ topic, until: 'latest', fetchMaxWaitMs: 50 })) records.push(record);
  }
  return records;
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
