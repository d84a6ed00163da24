import { partitionKey } from './partition-key.ts';
import type { OutgoingRecord, RecordMetadata } from './port.ts';

/** With acks=0 there is no answer, so offsets are unknown. */
export function unknownMetadataOf(records: readonly OutgoingRecord[]): RecordMetadata[] {
  return records.map(({ topic, partition }) => ({ topic, partition, offset: -1n }));
}

/** A broker answers the first offset of each partition of a batch; the records got consecutive ones, in their order. */
export function metadataOf(records: readonly OutgoingRecord[], bases: readonly RecordMetadata[]): RecordMetadata[] {
  const next = new Map(bases.map((base) => [partitionKey(base), { ...base }]));
  return records.map((record) => {
    const known = next.get(partitionKey(record));
    if (!known) throw new Error(`the broker's answer has no offset for ${partitionKey(record)}`);
    return { ...known, offset: known.offset++ };
  });
}
