import type { OutgoingRecord } from './port.ts';

/** Upper bound of a record's own overhead in Kafka's format: lengths, attributes, deltas. */
const overheadBytes = 32;

/** Bytes that a record takes in a request, without compression; never less than it really does. */
export function recordBytes({ key, value, headers = [] }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = overheadBytes + lengthOf(key) + lengthOf(value);
  for (const [name, header] of headers) bytes += 10 + lengthOf(name) + lengthOf(header);
  return bytes;
}

function lengthOf(data: string | Buffer | null): number {
  if (data === null) return 0;
  return typeof data === 'string' ? Buffer.byteLength(data) : data.length;
}
