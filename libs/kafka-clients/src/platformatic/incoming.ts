import type { KafkaRecord, RecordsBatch } from '@platformatic/kafka';
import type { IncomingRecord, TopicPartition } from '@sluice/kafka/driver';

/** Bit of a batch's attributes: its records have the time of their arrival, which is the batch's greatest. */
const isLogAppendTime = 0b1000;

/** A record in the port's shape. */
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
    headers: record.headers.map(([name, value]) => [String(name), value]),
  };
}
