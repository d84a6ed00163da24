import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { replaceModules } from './quirks.ts';

const load = createRequire(import.meta.url);
const checksum = 'kafkajs/src/protocol/recordBatch/crc32C';
const grouping = 'kafkajs/src/producer/groupMessagesPerPartition';

describe('what is replaced in kafkajs', () => {
  it('computes the same checksums', () => {
    delete load.cache[load.resolve(checksum)];
    const original = load(checksum) as (bytes: Buffer) => number;
    replaceModules();
    const replaced = load(checksum) as (bytes: Buffer) => number;
    expect(replaced).not.toBe(original);
    const bytes = [Buffer.alloc(0), Buffer.from([255]), ...[1, 7, 500, 300_000].map((n) => Buffer.alloc(n, 'bytes'))];
    expect(bytes.map(replaced)).toEqual(bytes.map(original));
  });

  it('groups the same messages in the same order', () => {
    delete load.cache[load.resolve(grouping)];
    const original = load(grouping) as (about: object) => Record<number, unknown[]>;
    replaceModules();
    const replaced = load(grouping) as typeof original;
    expect(replaced).not.toBe(original);
    const messages = Array.from({ length: 50 }, (_, i) => ({ partition: (i * 7) % 4, i }));
    const partitioner = ({ message }: { message: { partition: number } }) => message.partition;
    const about = { topic: 't', partitionMetadata: [1, 2, 3, 4], messages, partitioner };
    expect(replaced(about)).toEqual(original(about));
    expect(replaced({ ...about, partitionMetadata: [] })).toEqual({});
  });
});
