import kafkajs from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { murmur2, partitionOf } from './partitioner.ts';

/** From Kafka's own UtilsTest. */
const vectors: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
];

describe('murmur2', () => {
  it.each(vectors)('hashes %s as Kafka does', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });
});

describe('partitionOf', () => {
  it("agrees with kafkajs's default partitioner", () => {
    const partitioner = kafkajs.Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 6 }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      partitionErrorCode: 0,
      replicas: [1],
      isr: [1],
    }));
    for (let i = 0; i < 2_000; i += 1) {
      const key = `${'ключ'.slice(0, i % 5)}${i.toString(36)}`;
      const theirs = partitioner({ topic: 't', partitionMetadata, message: { key, value: null } });
      expect(partitionOf(key, 6)).toBe(theirs);
    }
  });

  it('takes bytes and text alike', () => {
    expect(partitionOf(Buffer.from('abc'), 7)).toBe(partitionOf('abc', 7));
  });
});
