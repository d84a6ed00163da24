import type { IncomingRecord, KafkaDriver } from '../drivers/port.ts';

/** All that a topic holds now, by partition and offset. For tests and small topics; `invalid` for an unknown one. */
export async function readTopic(driver: KafkaDriver, topic: string): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  for await (const record of driver.read({ topic, until: 'latest', fetchMaxWaitMs: 50 })) records.push(record);
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}
