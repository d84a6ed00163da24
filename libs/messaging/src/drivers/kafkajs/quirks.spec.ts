import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { mendChecksum, mendKafkajs } from './quirks.ts';

interface RecordOfKafkajs {
  key: string | Buffer | null;
  value: string | Buffer | null;
  headers: Record<string, string | Buffer | (string | Buffer)[]>;
}

interface Decoder {
  readVarInt(): number;
}

const load = createRequire(import.meta.url);
const encode = load('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => { buffer: Buffer };
const decode = load('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: Decoder,
  batch: object,
) => RecordOfKafkajs;
const EncoderOfKafkajs = load('kafkajs/src/protocol/encoder') as { nextPowerOfTwo(value: number): number };
const DecoderOfKafkajs = load('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => Decoder;

const records: RecordOfKafkajs[] = [
  { key: 'k', value: '{}', headers: {} },
  { key: null, value: null, headers: { a: '', 'with a list': ['1', Buffer.from('2'), '3'] } },
  { key: Buffer.alloc(64, 'k'), value: '☃'.repeat(127), headers: { __proto: '1', ü: '2' } },
  { key: 'large', value: Buffer.alloc(300_000, 'v'), headers: { long: 'h'.repeat(20_000) } },
  { key: 'many', value: 'v', headers: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`h${i}`, `${i}`])) },
];

/** Around every size at which a buffer grows. */
const growing = Array.from({ length: 1_100 }, (_, length) => ({
  key: 'k',
  value: 'v'.repeat(length),
  headers: { h: 'h'.repeat(length) },
}));

const bytesOf = (record: RecordOfKafkajs): string =>
  encode({ offsetDelta: 70_000, timestampDelta: -3, ...record }).buffer.toString('base64');

function entriesOf(bytes: string): unknown[] {
  const decoder = new DecoderOfKafkajs(Buffer.from(bytes, 'base64'));
  decoder.readVarInt();
  const { key, value, headers } = decode(decoder, { firstOffset: '5', firstTimestamp: '9', magicByte: 2 });
  return [key, value, ...Object.entries(headers)];
}

describe('what is mended in kafkajs', () => {
  it('leaves every byte of a record as it was, and every header that is read', () => {
    expect(EncoderOfKafkajs.nextPowerOfTwo(511)).toBe(512);
    const written = [...records, ...growing].map(bytesOf);
    const read = written.map(entriesOf);
    mendKafkajs();
    expect([...records, ...growing].map(bytesOf)).toEqual(written);
    expect(written.map(entriesOf)).toEqual(read);
    expect(read.slice(0, 5).map((entries) => entries.length)).toEqual([2, 4, 4, 3, 302]);
  });

  it('computes the same checksums', () => {
    const path = 'kafkajs/src/protocol/recordBatch/crc32C';
    const original = load(path) as (bytes: Buffer) => number;
    mendChecksum();
    const mended = load(path) as (bytes: Buffer) => number;
    expect(mended).not.toBe(original);
    const batches = [Buffer.alloc(0), Buffer.from([255]), ...records.map((one) => Buffer.from(bytesOf(one), 'base64'))];
    expect(batches.map(mended)).toEqual(batches.map(original));
  });

  it('takes any name for a name', () => {
    mendKafkajs();
    const headers = { ['__proto__']: 'a', toString: 'b' };
    const [, , ...read] = entriesOf(bytesOf({ key: null, value: null, headers }));
    expect(read).toEqual([
      ['__proto__', Buffer.from('a')],
      ['toString', Buffer.from('b')],
    ]);
  });
});
