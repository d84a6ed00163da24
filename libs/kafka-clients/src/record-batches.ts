import { crc32c } from '@platformatic/kafka';
import { messageOf } from '@sluice/core';
import { compressions, type UnreadableBatch } from '@sluice/kafka/driver';
import { codecs } from './codecs.ts';

/** Where the fields of a batch are, in Kafka's format 2. */
const field = { length: 8, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, count: 57 } as const;
const beforeLength = 12;
const headerBytes = 61;
const codecBits = 0b111;

export interface FetchedBatches {
  /** Checked, and without compression. */
  readable: Buffer[];
  /** The one after those: nothing behind it may be read before it. */
  unreadable?: UnreadableBatch;
}

/**
 * What a broker answered for one partition, made safe for a client's own decoder: both fail as a whole on a batch that is
 * damaged or of a codec that they don't know, and kafkajs checks no sums. `decode` is called with each batch, in order.
 */
export function readBatches(bytes: Buffer, decode: (batch: Buffer) => void = () => undefined): FetchedBatches {
  const readable: Buffer[] = [];
  for (let at = 0; at + beforeLength <= bytes.length;) {
    const end = at + beforeLength + bytes.readInt32BE(at + field.length);
    // The answer's limit may cut off any batch but the first.
    if (end > bytes.length && at > 0) break;
    const batch = bytes.subarray(at, Math.max(end, at));
    try {
      const plain = checked(batch, end - at);
      decode(plain);
      readable.push(plain);
    } catch (error) {
      return { readable, unreadable: unreadableOf(bytes.subarray(at), messageOf(error)) };
    }
    at = end;
  }
  return { readable };
}

/** Whether these are the message sets of Kafka before 0.11. */
export function isMessageSet(bytes: Buffer): boolean {
  return bytes.length > field.magic && [0, 1].includes(bytes.readInt8(field.magic));
}

/** Without compression. Throws when it is damaged or of an unknown codec. */
function checked(batch: Buffer, wantedBytes: number): Buffer {
  if (batch.length < headerBytes || batch.length < wantedBytes) throw new Error('it is cut off');
  const magic = batch.readInt8(field.magic);
  if (magic !== 2) throw new Error(`its format is ${magic}, not 2`);
  const sum = crc32c(batch.subarray(field.attributes));
  if (sum !== batch.readUInt32BE(field.crc)) throw new Error('its checksum is wrong');
  const plain = decompressed(batch);
  if (!isFilledByRecords(plain)) throw new Error('its records are garbage');
  return plain;
}

/** Whether the lengths of the records lead to its end: a client may make something of anything. */
function isFilledByRecords(batch: Buffer): boolean {
  let at = headerBytes;
  for (let left = batch.readInt32BE(field.count); left > 0; left -= 1) {
    let length = 0;
    let byte = 0x80;
    for (let shift = 0; byte & 0x80 && shift < 35; shift += 7) {
      byte = batch[at++] ?? 0;
      length |= (byte & 0x7f) << shift;
    }
    // Zigzag: an odd number is a negative length.
    if (byte & 0x80 || length & 1) return false;
    at += length >>> 1;
  }
  return at === batch.length;
}

function decompressed(batch: Buffer): Buffer {
  const attributes = batch.readInt16BE(field.attributes);
  const compression = compressions[attributes & codecBits];
  if (compression === 'none') return batch;
  if (!compression) throw new Error('its codec is unknown');
  const records = codecs[compression].decompress(batch.subarray(headerBytes));
  const plain = Buffer.concat([batch.subarray(0, headerBytes), records]);
  plain.writeInt32BE(plain.length - beforeLength, field.length);
  plain.writeInt16BE(attributes & ~codecBits, field.attributes);
  return plain;
}

/** What the header of a batch says, as far as it can be trusted. */
export function unreadableOf(bytes: Buffer, reason: string): UnreadableBatch {
  const offset = bytes.readBigInt64BE(0);
  const hasHeader = bytes.length >= headerBytes;
  const number = hasHeader ? bytes.readInt16BE(field.attributes) & codecBits : 0;
  const delta = hasHeader ? bytes.readInt32BE(field.lastOffsetDelta) : 0;
  return {
    offset,
    next: offset + BigInt(Math.max(delta, 0)) + 1n,
    codec: compressions[number] ?? String(number),
    reason,
  };
}
