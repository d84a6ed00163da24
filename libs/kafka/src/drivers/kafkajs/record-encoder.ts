import { RecordWriter, type RecordContent } from '../record-writer.ts';

/** What kafkajs's encoders take for one of their own. */
export interface Encoded {
  readonly buf: Buffer;
  readonly offset: number;
  readonly buffer: Buffer;
}

export interface RecordToEncode extends RecordContent {
  offsetDelta?: number;
}

const writer = new RecordWriter();

/** Stands in for kafkajs's own encoder. */
export function encodeRecord(record: RecordToEncode): Encoded {
  writer.clear();
  writer.record(record, record.offsetDelta);
  const bytes = Buffer.from(writer.since(0));
  return { buf: bytes, offset: bytes.length, buffer: bytes };
}
