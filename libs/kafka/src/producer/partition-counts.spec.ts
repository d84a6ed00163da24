import { describe, expect, it } from 'vitest';
import { FakeKafka } from '../../test/fake-kafka.ts';
import { PartitionCounts } from './partition-counts.ts';

describe('PartitionCounts', () => {
  async function counted() {
    const kafka = new FakeKafka();
    const shrunk: string[] = [];
    const last = (_topic: string, _key: unknown, partitions: number): number => partitions - 1;
    const counts = new PartitionCounts(kafka.driver, last, (topic) => void shrunk.push(topic));
    await counts.load('t');
    return {
      kafka,
      counts,
      shrunk,
      choose: (partition?: number) =>
        counts.choose({ topic: 't', key: 'k', ...(partition !== undefined && { partition }) }),
    };
  }

  it('uses added partitions one metadata age after it has found them, when consumers own them', async () => {
    const { kafka, counts, choose } = await counted();
    expect(choose()).toBe(2);
    kafka.partitions = 6;
    await counts.load('t');
    await counts.load('t');
    expect(choose()).toBe(2);
    expect(choose(5)).toBe(5);
    kafka.driver.metadataMaxAgeMs = -1;
    expect(choose()).toBe(5);
  });

  it('uses fewer at once, and says so before', async () => {
    const { kafka, counts, shrunk, choose } = await counted();
    kafka.partitions = 1;
    await counts.load('t');
    expect(shrunk).toEqual(['t']);
    expect(choose()).toBe(0);
    kafka.partitions = 3;
    await counts.load('t');
    expect(choose()).toBe(0);
    expect(shrunk).toEqual(['t']);
  });
});
