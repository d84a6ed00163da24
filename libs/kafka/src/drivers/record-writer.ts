import { Buffer } from 'node:buffer';

type Content = string | Buffer | null | undefined;

export interface RecordContent {
  /** Milliseconds. */
  timestampDelta?: number;
  key?: Content;
  value?: Content;
  /** A name that occurs more than once has a list. */
  headers?: Record<string, Content | Content[]>;
}

/** Bytes that a varint of 32 bits takes at most. */
const longestVarInt = 5;
/** Up to here it is quicker to go over a text than to ask for its bytes. */
const shortText = 64;

/**
 * Kafka's records in their current format (magic 2): length, attributes, timestampDelta, offsetDelta, key, value, and
 * headers of name and value. The clients make a buffer of each part of a record, and a CloudEvent has eleven
 * headers. Here it is one pass over one buffer, which is used again and again.
 */
export class RecordWriter {
  private buf = Buffer.allocUnsafeSlow(16_384);
  private at = 0;
  private sizeOfLength = 2;

  /** Where the next record begins. */
  get length(): number {
    return this.at;
  }

  /** Begins anew: what was written before is written over. */
  clear(): void {
    this.at = 0;
  }

  /** Room for so many bytes of the caller's. Its place may change with the next call. */
  gap(bytes: number): void {
    this.reserve(bytes);
    this.at += bytes;
  }

  /** What was written from there on; the next calls write over it. */
  since(start: number): Buffer {
    return this.buf.subarray(start, this.at);
  }

  record({ timestampDelta = 0, key, value, headers = {} }: RecordContent, offsetDelta = 0): void {
    // The length comes first and is known last; mostly it is as long as that of the record before.
    this.reserve(longestVarInt + 32);
    const start = this.at;
    const guess = start + this.sizeOfLength;
    this.at = guess;
    this.buf[this.at++] = 0;
    this.varLong(timestampDelta);
    this.varInt(offsetDelta);
    this.content(key);
    this.content(value);
    this.headers(headers);
    const length = this.at - guess;
    this.sizeOfLength = sizeOfVarInt(length);
    const begin = start + this.sizeOfLength;
    if (begin !== guess) {
      this.reserve(longestVarInt);
      this.buf.copyWithin(begin, guess, this.at);
    }
    this.at = start;
    this.varInt(length);
    this.at = begin + length;
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
