import { Buffer } from 'node:buffer';

type Content = string | Buffer | null | undefined;

export interface RecordToEncode {
  offsetDelta?: number;
  /** Milliseconds. */
  timestampDelta?: number;
  key?: Content;
  value?: Content;
  /** A name that occurs more than once has a list. */
  headers?: Record<string, Content | Content[]>;
}

/** What kafkajs's encoders take for one of their own. */
export interface Encoded {
  readonly buf: Buffer;
  readonly offset: number;
  readonly buffer: Buffer;
}

/** Bytes that a varint of 32 bits takes at most. */
const longestVarInt = 5;
/** Up to here it is quicker to go over a text than to ask for its bytes. */
const shortText = 64;

/**
 * Kafka's record in its current format (magic 2): length, attributes, timestampDelta, offsetDelta, key, value, and headers
 * of name and value. kafkajs makes an encoder of each part of it, and with the eleven headers of a CloudEvent that is most
 * of what producing costs. Here a record is one pass over one buffer.
 */
class RecordWriter {
  private buf = Buffer.allocUnsafeSlow(16_384);
  private at = 0;

  encode({ offsetDelta = 0, timestampDelta = 0, key, value, headers = {} }: RecordToEncode): Encoded {
    // The length comes first and is known last.
    this.at = longestVarInt;
    this.reserve(32);
    this.buf[this.at++] = 0;
    this.varLong(timestampDelta);
    this.varInt(offsetDelta);
    this.content(key);
    this.content(value);
    this.headers(headers);
    const end = this.at;
    const length = end - longestVarInt;
    const start = longestVarInt - sizeOfVarInt(length);
    this.at = start;
    this.varInt(length);
    const bytes = Buffer.allocUnsafe(end - start);
    this.buf.copy(bytes, 0, start, end);
    return { buf: bytes, offset: bytes.length, buffer: bytes };
  }

  private headers(headers: Record<string, Content | Content[]>): void {
    const names = Object.keys(headers);
    let count = 0;
    for (const name of names) {
      const value = headers[name];
      count += Array.isArray(value) ? value.length : 1;
    }
    this.reserve(longestVarInt);
    this.varInt(count);
    for (const name of names) {
      const value = headers[name];
      if (Array.isArray(value)) for (const one of value) this.header(name, one);
      else this.header(name, value);
    }
  }

  private header(name: string, value: Content): void {
    this.text(name);
    this.content(value);
  }

  private content(content: Content): void {
    if (typeof content === 'string') return this.text(content);
    if (content === null || content === undefined) {
      this.reserve(longestVarInt);
      return this.varInt(-1);
    }
    if (!Buffer.isBuffer(content)) return this.text(String(content));
    this.reserve(longestVarInt + content.length);
    this.varInt(content.length);
    this.at += content.copy(this.buf, this.at);
  }

  private text(text: string): void {
    if (text.length <= shortText && this.ascii(text)) return;
    const bytes = Buffer.byteLength(text);
    this.reserve(longestVarInt + bytes);
    this.varInt(bytes);
    this.at += this.buf.write(text, this.at, bytes, 'utf8');
  }

  /** Answers false, with nothing written, when the text is not ASCII. */
  private ascii(text: string): boolean {
    const { length } = text;
    this.reserve(longestVarInt + length);
    const start = this.at;
    this.varInt(length);
    const { buf } = this;
    let { at } = this;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) {
        this.at = start;
        return false;
      }
      buf[at++] = code;
    }
    this.at = at;
    return true;
  }

  private varInt(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.buf[this.at++] = (rest & 0x7f) | 0x80;
    this.buf[this.at++] = rest;
  }

  private varLong(value: number): void {
    if (value === value << 0) return this.varInt(value);
    const long = BigInt(value);
    let rest = BigInt.asUintN(64, (long << 1n) ^ (long >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.buf[this.at++] = Number(rest & 0x7fn) | 0x80;
    this.buf[this.at++] = Number(rest);
  }

  private reserve(bytes: number): void {
    const wanted = this.at + bytes;
    if (wanted <= this.buf.length) return;
    const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(wanted)));
    this.buf.copy(larger, 0, 0, this.at);
    this.buf = larger;
  }
}

function sizeOfVarInt(length: number): number {
  let size = 1;
  for (let rest = (length << 1) >>> 0; rest > 0x7f; rest >>>= 7) size += 1;
  return size;
}

const writer = new RecordWriter();

export function encodeRecord(record: RecordToEncode): Encoded {
  return writer.encode(record);
}
