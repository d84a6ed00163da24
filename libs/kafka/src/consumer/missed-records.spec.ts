import { describe, expect, it } from 'vitest';
import { MemoryKafka } from '../testing/memory/memory-kafka.ts';
import { missedRecords } from './missed-records.ts';

describe('missedRecords', () => {
  it('finds the partitions whose log has a record behind the committed offset, or ends before it', async () => {
    const kafka = new MemoryKafka();
    kafka.create({ name: 'a', partitions: 5 });
    const partitions = [0, 1, 2, 3, 4].map((partition) => ({ topic: 'a', partition }));
    for (const partition of partitions.slice(0, 4)) {
      kafka.append(['one', 'two'].map((value) => ({ ...partition, key: null, value })));
    }
    kafka.group('g').committed.set('a/0', 2n).set('a/1', 1n).set('a/2', 9n);
    expect(await missedRecords(kafka.driver(), 'g', partitions)).toEqual(
      new Map([
        ['a/1', { offset: 1n, reason: 'the record at 1 is there and is not fetched' }],
        ['a/2', { offset: 9n, reason: 'a/2 ends at 2, before 9' }],
        ['a/3', { offset: 0n, reason: 'the record at 0 is there and is not fetched' }],
      ]),
    );
  });

  it('says nothing while no broker can be asked', async () => {
    const kafka = new MemoryKafka();
    kafka.fail();
    await expect(missedRecords(kafka.driver(), 'g', [{ topic: 'a', partition: 0 }])).rejects.toMatchObject({
      kind: 'unavailable',
    });
  });
});
