import { recordBytes, type Header } from '@sluice/kafka/driver';
import type { PrivateModules } from '../private-modules.ts';

type Content = Buffer | string | null;

export interface RecordToEncode {
  offsetDelta?: number;
  key: Content;
  value: Content;
  headers?: readonly Header<Content>[] | undefined;
}

interface RawHeader {
  key: string;
  value: Buffer | null;
}

interface Decoder {
  readVarIntArray(read: (decoder: Decoder) => RawHeader): RawHeader[];
}

type DecodeRecord = (decoder: Decoder, batch: object) => { headers: unknown };

const codec = 'src/protocol/recordBatch/record/v0';

/**
 * tulios/kafkajs#1786: a header whose value is null can't be written. tulios/kafkajs#1121: headers are an object, so that
 * the order of repeated names and of numbers is lost, and `__proto__` as well. Both directions take a list instead.
 */
export function patchRecordHeaders(modules: PrivateModules): void {
  const decode = modules.load<DecodeRecord>(`${codec}/decoder`);
  modules.replace(codec, encodeRecord);
  modules.replace(`${codec}/decoder`, (decoder: Decoder, batch: object) => {
    let headers: Header[] = [];
    // The headers are the only array of a record. kafkajs makes its object of nothing.
    const readArray = decoder.readVarIntArray.bind(decoder);
    decoder.readVarIntArray = (read) => {
      headers = readArray(read).map(({ key, value }) => [key, value]);
      return [];
    };
    return { ...decode(decoder, batch), headers };
  });
}

/** Kafka's record format 2. Answers what kafkajs takes for one of its encoders. */
function encodeRecord({ offsetDelta = 0, key, value, headers = [] }: RecordToEncode): { buf: Buffer; buffer: Buffer } {
  const body = new RecordBody(recordBytes({ key, value, headers }));
  body.varInt(0); // attributes: there are none
  body.varInt(0); // timestampDelta: the driver's records have the time of their batch
  body.varInt(offsetDelta);
  body.content(key);
  body.content(value);
  body.varInt(headers.length);
  for (const [name, content] of headers) {
    body.content(name);
    body.content(content);
  }
  const buffer = body.withLength();
  return { buf: buffer, buffer };
}

/** Of a length, which is known last and stands in front. */
const longestVarInt = 5;

class RecordBody {
  readonly #bytes: Buffer;
  #at = longestVarInt;

  constructor(maxBytes: number) {
    this.#bytes = Buffer.allocUnsafe(longestVarInt + maxBytes);
  }

  varInt(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    for (; rest > 0x7f; rest >>>= 7) this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  content(content: Content): void {
    if (content === null) return this.varInt(-1);
    this.varInt(Buffer.byteLength(content));
    this.#at +=
      typeof content === 'string' ? this.#bytes.write(content, this.#at) : content.copy(this.#bytes, this.#at);
  }

  withLength(): Buffer {
    const end = this.#at;
    this.#at = 0;
    this.varInt(end - longestVarInt);
    const start = longestVarInt - this.#at;
    this.#bytes.copyWithin(start, 0, this.#at);
    return this.#bytes.subarray(start, end);
  }
}
