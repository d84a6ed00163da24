import { partitionKey } from './partition-key.ts';
import type { OutgoingRecord, RecordMetadata } from './port.ts';

/** With acks=0 nobody answers, so nobody knows where the records are. */
export function unknownMetadataOf(records: readonly OutgoingRecord[]): RecordMetadata[] {
  return records.map(({ topic, partition }) => ({ topic, partition, offset: -1n }));
}

/** A broker answers the first offset of each partition of a batch; the records got consecutive ones, in their order. */
export function metadataOf(records: readonly OutgoingRecord[], bases: readonly RecordMetadata[]): RecordMetadata[] {
  const next = new Map(bases.map((base) => [partitionKey(base), { ...base }]));
  // Records of a partition mostly stand together.
  let latest: RecordMetadata | undefined;
  return records.map((record) => {
    const { topic, partition } = record;
    if (latest?.partition !== partition || latest.topic !== topic) latest = next.get(partitionKey(record));
    if (!latest) throw new Error(`the broker's answer has no offset for ${partitionKey(record)}`);
    return { topic, partition, offset: latest.offset++ };
  });
}
