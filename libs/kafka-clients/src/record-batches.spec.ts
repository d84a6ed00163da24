import { crc32c, createRecordsBatch, readRecordsBatches, Reader } from '@platformatic/kafka';
import { snappyCompress } from '@platformatic/wasm-utils';
import { describe, expect, it } from 'vitest';
import { compressions, type Compression } from '@sluice/kafka/driver';
import { isMessageSet, readBatches } from './record-batches.ts';

/** As a producer writes it, at this offset. */
function batchOf(values: string[], offset = 0n, compression: Compression = 'none'): Buffer {
  const messages = values.map((value) => ({ topic: 't', value: Buffer.from(value) }));
  const batch = Buffer.from(createRecordsBatch(messages, { compression }).buffer);
  batch.writeBigInt64BE(offset);
  return batch;
}

/** With another content and the checksum of that. */
function changed(batch: Buffer, change: (batch: Buffer) => void): Buffer {
  const copy = Buffer.from(batch);
  change(copy);
  copy.writeUInt32BE(crc32c(copy.subarray(21)), 17);
  return copy;
}

function valuesIn(batches: Buffer[]): string[] {
  const decoded = batches.flatMap((batch) => readRecordsBatches(Reader.from(batch)));
  return decoded.flatMap(({ records }) => records.map(({ value }) => String(value)));
}

describe('readBatches', () => {
  it.each(compressions)('hands on what was written with %s, without compression', (compression) => {
    const values = ['a', 'x'.repeat(100_000), 'grün'];
    const bytes = Buffer.concat([batchOf(values, 0n, compression), batchOf(['next'], 3n, compression)]);
    const { readable, unreadable } = readBatches(bytes);
    expect(unreadable).toBeUndefined();
    expect(valuesIn(readable)).toEqual([...values, 'next']);
    expect(readable.map((batch) => batch.readInt16BE(21))).toEqual([0, 0]);
  });

  it("reads snappy in the framing of Kafka's own client", () => {
    const plain = batchOf(['a', 'b']);
    const records = plain.subarray(61);
    const blocks = [records.subarray(0, 5), records.subarray(5)].map(snappyCompress).flatMap((block) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(block.length);
      return [length, block];
    });
    const header = Buffer.from('82534e4150505900' + '0000000100000001', 'hex');
    const framed = changed(Buffer.concat([plain.subarray(0, 61), header, ...blocks]), (batch) => {
      batch.writeInt32BE(batch.length - 12, 8);
      batch.writeInt16BE(2, 21);
    });
    expect(valuesIn(readBatches(framed).readable)).toEqual(['a', 'b']);
  });

  const damaged: [string, (batch: Buffer) => Buffer, object][] = [
    [
      'an unknown codec',
      (batch) => changed(batch, (copy) => void copy.writeInt16BE(6, 21)),
      { codec: '6', reason: 'its codec is unknown' },
    ],
    ['a wrong checksum', (batch) => batch.fill('!', 70, 72), { codec: 'none', reason: 'its checksum is wrong' }],
    ['another format', (batch) => batch.fill(3, 16, 17), { codec: 'none', reason: 'its format is 3, not 2' }],
    [
      'content that is none of its codec',
      (batch) => changed(batch, (copy) => void copy.writeInt16BE(4, 21)),
      { codec: 'zstd', reason: expect.any(String) as string },
    ],
    [
      'records that are garbage',
      (batch) => changed(batch, (copy) => void copy.fill(0xff, 61)),
      { codec: 'none', reason: 'its records are garbage' },
    ],
    [
      'a record that is shorter than it says',
      (batch) => changed(batch, (copy) => void copy.writeInt8(batch[61]! + 2, 61)),
      { codec: 'none', reason: 'its records are garbage' },
    ],
    [
      'a length that can be no length',
      (batch) => (batch.writeInt32BE(-20, 8), batch),
      { codec: 'none', reason: 'it is cut off' },
    ],
  ];

  it.each(damaged)('stops before a batch with %s, and says what it is', (_, damage, expected) => {
    const bytes = Buffer.concat([batchOf(['a']), damage(batchOf(['b1', 'b2'], 1n)), batchOf(['c'], 3n)]);
    const { readable, unreadable } = readBatches(bytes);
    expect(valuesIn(readable)).toEqual(['a']);
    expect(unreadable).toEqual({ offset: 1n, next: 3n, ...expected });
  });

  it('leaves out a batch that the limit of the answer has cut off, unless it is the first', () => {
    const cut = batchOf(['b'], 1n).subarray(0, 40);
    expect(readBatches(Buffer.concat([batchOf(['a']), cut]))).toEqual({ readable: [batchOf(['a'])] });
    expect(readBatches(cut).unreadable).toMatchObject({ offset: 1n, next: 2n, reason: 'it is cut off' });
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('finds any garbage in %s', (compression) => {
    const batch = batchOf(['x'.repeat(500)], 0n, compression);
    for (let at = 61; at < batch.length; at += 1) {
      const garbage = changed(batch, (copy) => void copy.fill(0xff, at));
      const { readable } = readBatches(garbage, (plain) => void readRecordsBatches(Reader.from(plain)));
      // What is cut off at its very end may be padding.
      if (readable.length > 0) expect(valuesIn(readable)).toEqual(['x'.repeat(500)]);
    }
    // The codec works on after all of that.
    expect(valuesIn(readBatches(batch).readable)).toEqual(['x'.repeat(500)]);
  });

  it('tells message sets from batches', () => {
    expect(isMessageSet(batchOf(['a']))).toBe(false);
    expect(isMessageSet(batchOf(['a']).fill(1, 16, 17))).toBe(true);
    expect(isMessageSet(Buffer.alloc(3))).toBe(false);
  });
});
