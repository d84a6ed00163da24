import { partitionKey } from './partition-key.ts';
import { PartitionsGone } from './partitions-gone.ts';
import type { OutgoingRecord, RecordMetadata } from './port.ts';

/** With acks=0 there is no answer, so offsets are unknown. */
export function unknownMetadataOf(records: readonly OutgoingRecord[]): RecordMetadata[] {
  return records.map(({ topic, partition }) => ({ topic, partition, offset: -1n }));
}

/**
 * A broker answers the first offset of each partition of a batch; the records got consecutive ones, in their order. Throws
 * `PartitionsGone` where there is no answer: drivers keep the records of partitions that do not exist to themselves.
 */
export function metadataOf(records: readonly OutgoingRecord[], bases: readonly RecordMetadata[]): RecordMetadata[] {
  const next = new Map(bases.map((base) => [partitionKey(base), { ...base }]));
  const found = records.map((record) => {
    const known = next.get(partitionKey(record));
    return known && { ...known, offset: known.offset++ };
  });
  const written = found.filter((one) => one !== undefined);
  if (written.length < records.length) throw new PartitionsGone(records, found);
  return written;
}
