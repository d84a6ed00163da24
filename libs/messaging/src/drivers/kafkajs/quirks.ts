import { createRequire } from 'node:module';
import { crc32c } from '@node-rs/crc32';

interface RequestQueue {
  pending: unknown[];
  throttledUntil: number;
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

interface Encoder {
  buf: Buffer;
  offset: number;
  ensureAvailable(bytes: number): void;
  writeUVarInt(this: Encoder, value: number): Encoder;
  writeEncoder(this: Encoder, part: Encoder): Encoder;
}

interface EncoderClass {
  prototype: Encoder;
  nextPowerOfTwo(value: number): number;
}

interface Header {
  key: string;
  value: Buffer | null;
}

interface Decoder {
  readVarIntArray: (this: Decoder, reader: (decoder: Decoder) => Header) => Header[];
}

type Values = Header['value'] | Header['value'][];

/** What an encoder of kafkajs begins with unless it is told otherwise. */
const initialSize = 511;
/** Bytes; most headers fit. */
const smallest = 128;

const load = createRequire(import.meta.url);
/** On kafkajs itself: it may be there once and this module twice. */
const mended = Symbol.for('sluice.mended');

/** What has to be mended in kafkajs 2.2.4, of which there will hardly be another release. */
export function mendKafkajs(): void {
  const kafkajs = load('kafkajs') as { [mended]?: true };
  if (kafkajs[mended]) return;
  kafkajs[mended] = true;
  mendIdleTimer();
  mendEncoding();
  mendHeaders();
}

/**
 * It computes the checksum of a batch byte by byte in JavaScript, a fifth of what producing costs. The processor has an
 * instruction for it. To be called before kafkajs is loaded, whose modules keep the function that they find.
 */
export function mendChecksum(): void {
  const path = load.resolve('kafkajs/src/protocol/recordBatch/crc32C');
  load(path);
  const found = load.cache[path];
  if (found) found.exports = (bytes: Buffer) => crc32c(bytes);
}

/**
 * It arms a timer with a negative delay after each response and again whenever it fires: every connection wakes each
 * millisecond, and Node 24 prints a TimeoutNegativeWarning (tulios/kafkajs#1751). The check is needed only while
 * requests wait for a slot or for the end of a throttle.
 */
function mendIdleTimer(): void {
  const { prototype } = load('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) original.call(this);
  };
}

/**
 * A record is encoded in as many parts as it has headers, each in 512 zeroed bytes of its own, and each of its some
 * thirty lengths in a buffer that is then copied. Here parts are small and from Node's pool, and lengths are written where
 * they belong.
 */
function mendEncoding(): void {
  const encoder = load('kafkajs/src/protocol/encoder') as EncoderClass;
  const { prototype } = encoder;
  const powerOfTwo = encoder.nextPowerOfTwo.bind(encoder);
  encoder.nextPowerOfTwo = (value) => (value === initialSize ? 0 : powerOfTwo(value));
  prototype.ensureAvailable = function (this: Encoder, bytes: number): void {
    const wanted = this.offset + bytes;
    if (wanted <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 ** Math.ceil(Math.log2(wanted)), smallest));
    this.buf.copy(larger, 0, 0, this.offset);
    this.buf = larger;
  };
  prototype.writeUVarInt = function (this: Encoder, value: number): Encoder {
    this.ensureAvailable(5);
    let rest = value >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.buf[this.offset++] = (rest & 0x7f) | 0x80;
    this.buf[this.offset++] = rest;
    return this;
  };
  prototype.writeEncoder = function (this: Encoder, part: Encoder): Encoder {
    this.ensureAvailable(part.offset);
    this.offset += part.buf.copy(this.buf, this.offset, 0, part.offset);
    return this;
  };
}

/**
 * The decoder copies all headers of a record once for each of them, and a CloudEvent has eleven. The array's only
 * reader reduces it to an object.
 */
function mendHeaders(): void {
  const { prototype } = load('kafkajs/src/protocol/decoder') as { prototype: Decoder };
  const original = prototype.readVarIntArray;
  prototype.readVarIntArray = function (this: Decoder, reader): Header[] {
    const headers = original.call(this, reader);
    return Object.assign(headers, { reduce: () => merged(headers) });
  };
}

/** A name that occurs more than once has a list. Without a prototype, so that `toString` is a name like any other. */
function merged(headers: readonly Header[]): Record<string, Values> {
  const found = Object.create(null) as Record<string, Values>;
  for (const { key, value } of headers) {
    const earlier = found[key];
    found[key] = earlier === undefined ? value : [earlier, value].flat();
  }
  return found;
}
