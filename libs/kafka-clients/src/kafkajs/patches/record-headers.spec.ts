import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import type { Header } from '@sluice/kafka/driver';
import { patchedModule } from '../patched.ts';
import type { RecordToEncode } from './record-headers.ts';

interface Decoder {
  readVarInt(): number;
}

type Encode<T> = (record: T) => { buffer: Buffer };
type Decode = (decoder: Decoder, batch: object) => { headers: unknown };
type RecordOfKafkajs = Omit<RecordToEncode, 'headers'> & { headers: Record<string, string | Buffer> };

const codec = 'src/protocol/recordBatch/record/v0';
const load = createRequire(import.meta.url);
const original = {
  encode: load(`kafkajs/${codec}`) as Encode<RecordOfKafkajs>,
  decode: load(`kafkajs/${codec}/decoder`) as Decode,
};
const patched = {
  encode: patchedModule<Encode<RecordToEncode>>(codec),
  decode: patchedModule<Decode>(`${codec}/decoder`),
};

const batch = { firstOffset: '5', firstTimestamp: '9', maxTimestamp: '77', timestampType: 0, magicByte: 2 };

function decoded(decode: Decode, bytes: Buffer) {
  const DecoderOfKafkajs = patchedModule<new (buffer: Buffer) => Decoder>('src/protocol/decoder');
  const decoder = new DecoderOfKafkajs(bytes);
  decoder.readVarInt();
  return decode(decoder, batch);
}

const records: RecordOfKafkajs[] = [
  { key: 'k', value: '{}', headers: {} },
  { key: null, value: null, headers: { a: '', b: 'grün' } },
  { key: Buffer.alloc(64, 'k'), value: '☃'.repeat(127), headers: { ü: '2', bytes: Buffer.from([0, 255]) } },
  { key: 'large', value: Buffer.alloc(300_000, 'v'), headers: { long: 'h'.repeat(20_000) } },
  { offsetDelta: 70_000, key: 'k', value: 'v', headers: { h: '1' } },
  // Around the sizes at which a length takes one more byte.
  ...[...Array(130).keys(), 8_100, 8_180, 8_190, 16_384].map((length) => ({
    ...{ key: 'k', value: 'v'.repeat(length), headers: { h: 'ä'.repeat(length) } },
  })),
];

describe('the patched format of a record', () => {
  it.each(records)('is byte for byte what kafkajs writes, and read as kafkajs reads it: %#', (record) => {
    const { buffer } = original.encode(record);
    expect(patched.encode({ ...record, headers: Object.entries(record.headers) }).buffer.equals(buffer)).toBe(true);
    const theirs = decoded(original.decode, buffer);
    expect(decoded(patched.decode, buffer)).toEqual({ ...theirs, headers: Object.entries(theirs.headers as object) });
  });

  it('keeps repeated names, null values, any name and the order', () => {
    const headers: Header<string | null>[] = [
      ['b', '1'],
      ['__proto__', '2'],
      ['7', '3'],
      ['b', null],
      ['a', ''],
      ['b', '4'],
    ];
    const { buffer } = patched.encode({ key: 'k', value: 'v', headers });
    const found = decoded(patched.decode, buffer).headers as Header[];
    expect(found.map(([name, value]) => [name, value && String(value)])).toEqual(headers);
  });
});
