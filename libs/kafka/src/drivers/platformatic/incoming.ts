import type { KafkaRecord, RecordsBatch } from '@platformatic/kafka';
import type { IncomingRecord, TopicPartition } from '../port.ts';

/** Bit of a batch's attributes: its records have the time of their arrival, which is the batch's greatest. */
const isLogAppendTime = 0b1000;

/** A record in the port's shape. Of a header that occurs more than once the first is kept. */
export function incoming(
  { topic, partition }: TopicPartition,
  batch: RecordsBatch,
  record: KafkaRecord,
): IncomingRecord {
  const created = batch.firstTimestamp + record.timestampDelta;
  return {
    topic,
    partition,
    offset: batch.firstOffset + BigInt(record.offsetDelta),
    timestampMs: Number(batch.attributes & isLogAppendTime ? batch.maxTimestamp : created),
    key: record.key,
    value: record.value,
    headers: headersOf(record),
  };
}

function headersOf({ headers }: KafkaRecord): Record<string, Buffer> {
  const found: Record<string, Buffer> = {};
  for (const [key, value] of headers) {
    const name = String(key);
    // A record may come from anybody: `__proto__` as a header must not become one.
    if (value === null || name === '__proto__' || Object.hasOwn(found, name)) continue;
    found[name] = value;
  }
  return found;
}
