import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { decodeRecord, type BatchContext, type Decoder } from './record-decoder.ts';
import { encodeRecord, type RecordToEncode } from './record-encoder.ts';

const load = createRequire(import.meta.url);
const originalEncode = load('kafkajs/src/protocol/recordBatch/record/v0') as typeof encodeRecord;
const originalDecode = load('kafkajs/src/protocol/recordBatch/record/v0/decoder') as typeof decodeRecord;
const DecoderOfKafkajs = load('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => Decoder & {
  readVarInt(): number;
};

const records: RecordToEncode[] = [
  { key: 'k', value: '{}' },
  { key: null, value: null, headers: { a: '', 'with a list': ['1', Buffer.from('2'), '3'] } },
  { key: Buffer.alloc(64, 'k'), value: '☃'.repeat(127), headers: { __proto: '1', ü: '2', short: 'caf\u00e9' } },
  { key: 'large', value: Buffer.alloc(300_000, 'v'), headers: { long: 'h'.repeat(20_000) } },
  { key: 'many', value: 'v', headers: Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`h${i}`, `${i}`])) },
  ...[0, 1, -1, 63, 64, -65, 1_000_000, 2 ** 31, -(2 ** 33), 2 ** 50].map((timestampDelta) => ({
    ...{ key: 'k', value: 'v', timestampDelta },
  })),
  // Around every size at which a length takes one more byte, or a text is taken for a long one.
  ...[...Array(300).keys(), 8_190, 8_191, 8_192, 16_383, 16_384].map((length) => ({
    ...{ key: 'k', value: 'v'.repeat(length), headers: { h: 'ä'.repeat(length) } },
  })),
];

const context = { firstOffset: '5', firstTimestamp: '9', maxTimestamp: '77', timestampType: 0, magicByte: 2 };

function decoded(decode: typeof decodeRecord, bytes: Buffer, batch: BatchContext = context) {
  const decoder = new DecoderOfKafkajs(bytes);
  decoder.readVarInt();
  const record = decode(decoder, batch);
  // What it takes of the fetch is our own addition.
  const { bytes: _bytes, ...read } = { ...record, headers: { ...record.headers } };
  return read;
}

describe('the format of a record', () => {
  const written = records.map((record) => originalEncode({ offsetDelta: 70_000, ...record }).buffer);

  it('is byte for byte what kafkajs writes', () => {
    const ours = records.map((record) => encodeRecord({ offsetDelta: 70_000, ...record }).buffer);
    expect(ours.map((bytes) => bytes.toString('base64'))).toEqual(written.map((bytes) => bytes.toString('base64')));
  });

  it('is read as kafkajs reads it', () => {
    expect(written.map((bytes) => decoded(decodeRecord, bytes))).toEqual(
      written.map((bytes) => decoded(originalDecode, bytes)),
    );
  });

  it('keeps offsets and times that a number cannot carry', () => {
    const { buffer } = originalEncode({ offsetDelta: 3, timestampDelta: 4, key: 'k', value: 'v' });
    const batch = { ...context, firstOffset: String(2n ** 62n), firstTimestamp: String(2n ** 61n) };
    expect(decoded(decodeRecord, buffer, batch)).toEqual(decoded(originalDecode, buffer, batch));
  });

  it('has the time of the batch when the broker sets it', () => {
    const { buffer } = originalEncode({ key: 'k', value: 'v' });
    const batch = { ...context, timestampType: 1 };
    expect(decoded(decodeRecord, buffer, batch)).toMatchObject({ timestamp: '77' });
    expect(decoded(decodeRecord, buffer, batch)).toEqual(decoded(originalDecode, buffer, batch));
  });

  it('does not mix up header names with the same hash', () => {
    const headers = { Aa: '1', BB: '2', AaAa: '3', BBBB: '4', AaBB: '5', BBAa: '6' };
    const { buffer } = encodeRecord({ key: 'k', value: 'v', headers });
    const texts = Object.entries(decoded(decodeRecord, buffer).headers).map(([name, value]) => [name, String(value)]);
    expect(texts).toEqual(Object.entries(headers));
  });

  it('takes any name for a name', () => {
    const { buffer } = encodeRecord({ key: null, value: null, headers: { ['__proto__']: 'a', toString: 'b' } });
    const decoder = new DecoderOfKafkajs(buffer);
    decoder.readVarInt();
    expect(Object.entries(decodeRecord(decoder, context).headers)).toEqual([
      ['__proto__', Buffer.from('a')],
      ['toString', Buffer.from('b')],
    ]);
  });
});
