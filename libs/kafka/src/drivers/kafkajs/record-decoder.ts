import { Buffer } from 'node:buffer';
import { NameCache } from './name-cache.ts';

/** Of kafkajs. */
export interface Decoder {
  readonly buffer: Buffer;
  offset: number;
}

/** What kafkajs knows of the batch around a record; offset and times are int64 as text. */
export interface BatchContext {
  firstOffset: string;
  firstTimestamp: string;
  maxTimestamp?: string;
  timestampType?: number;
  isControlBatch?: boolean;
  magicByte?: number;
}

type Headers = Record<string, Buffer | null | (Buffer | null)[]>;

export interface DecodedRecord {
  magicByte: number | undefined;
  attributes: number;
  timestamp: string;
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
  /** Made of the bytes each time: records wait in thousands, and what is not made yet is nothing to the garbage collector. */
  readonly headers: Headers;
  isControlRecord: boolean;
  bytes: number;
  batchContext: BatchContext;
}

const logAppendTime = 1;

/**
 * The way back of `encodeRecord`, as kafkajs wants it. kafkajs copies all headers of a record once for each of them, and
 * makes a text of each name.
 */
export function decodeRecord(decoder: Decoder, batchContext: BatchContext): DecodedRecord {
  const { firstOffset, firstTimestamp, maxTimestamp, timestampType, isControlBatch = false, magicByte } = batchContext;
  const cursor = new Cursor(decoder.buffer, decoder.offset);
  const attributes = cursor.int8();
  const timestampDelta = cursor.varLong();
  const offsetDelta = cursor.varInt();
  const isTimeOfBatch = timestampType === logAppendTime && maxTimestamp;
  const record = {
    magicByte,
    attributes,
    timestamp: isTimeOfBatch ? maxTimestamp : sumOf(firstTimestamp, timestampDelta),
    offset: sumOf(firstOffset, offsetDelta),
    key: cursor.bytes(),
    value: cursor.bytes(),
    get headers() {
      return headersAt(cursor.buf, headers);
    },
    isControlRecord: isControlBatch,
    bytes: decoder.buffer.length,
    batchContext,
  };
  const headers = cursor.at;
  return record;
}

const names = new NameCache();

/** Without a prototype, so that `toString` and `__proto__` are names like any other. */
function headersAt(buf: Buffer, at: number): Headers {
  const cursor = new Cursor(buf, at);
  const headers = Object.create(null) as Headers;
  for (let left = cursor.varInt(); left > 0; left--) {
    const length = cursor.varInt();
    const name = names.of(buf, cursor.at, length);
    cursor.at += length;
    const value = cursor.bytes();
    const earlier = headers[name];
    headers[name] = earlier === undefined ? value : [earlier, value].flat();
  }
  return headers;
}

class Cursor {
  readonly buf: Buffer;
  at: number;

  constructor(buf: Buffer, at: number) {
    this.buf = buf;
    this.at = at;
  }

  int8(): number {
    return (this.buf[this.at++]! << 24) >> 24;
  }

  bytes(): Buffer | null {
    const length = this.varInt();
    if (length < 0) return null;
    return this.buf.subarray(this.at, (this.at += length));
  }

  varInt(): number {
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.buf[this.at++]!;
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte > 0x7f);
    return (value >>> 1) ^ -(value & 1);
  }

  varLong(): number | bigint {
    const start = this.at;
    while (this.buf[this.at]! > 0x7f) this.at++;
    const end = ++this.at;
    if (end - start <= 4) {
      this.at = start;
      return this.varInt();
    }
    let value = 0n;
    for (let i = start; i < end; i++) value |= BigInt(this.buf[i]! & 0x7f) << BigInt(7 * (i - start));
    return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
  }
}

function sumOf(first: string, delta: number | bigint): string {
  const sum = Number(first) + Number(delta);
  return Number.isSafeInteger(sum) ? String(sum) : String(BigInt(first) + BigInt(delta));
}
