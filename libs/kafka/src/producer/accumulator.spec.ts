import { describe, expect, it } from 'vitest';
import { Accumulator, type Entry } from './accumulator.ts';

function entry(partition: number, bytes: number, value = 'v', acceptedAt = 1_000): Entry {
  const record = { topic: 't', partition, key: null, value };
  return { record, address: record, bytes, acceptedAt, sequence: 0, complete: () => undefined };
}

function drained(accumulator: Accumulator): string[] {
  return accumulator.drain().map(({ record }) => `${record.partition}${String(record.value)}`);
}

describe('Accumulator', () => {
  it('coalesces what waits, keeping the order within a partition', () => {
    const accumulator = new Accumulator({ batchSize: 100, maxRequestSize: 100 });
    for (const [partition, value] of [
      [0, 'a'],
      [1, 'b'],
      [0, 'c'],
    ] as const) {
      accumulator.append(entry(partition, 10, value));
    }
    expect(drained(accumulator)).toEqual(['0a', '0c', '1b']);
    expect(accumulator.isEmpty).toBe(true);
    expect(accumulator.bytes).toBe(0);
  });

  it('takes at most a batch of each partition', () => {
    const accumulator = new Accumulator({ batchSize: 20, maxRequestSize: 100 });
    for (const value of ['a', 'b', 'c']) accumulator.append(entry(0, 10, value));
    accumulator.append(entry(1, 10, 'd'));
    expect(drained(accumulator)).toEqual(['0a', '0b', '1d']);
    expect(drained(accumulator)).toEqual(['0c']);
  });

  it('serves next the partitions that found no room', () => {
    const accumulator = new Accumulator({ batchSize: 20, maxRequestSize: 30 });
    for (let i = 0; i < 4; i += 1) for (const partition of [0, 1]) accumulator.append(entry(partition, 10, String(i)));
    expect(drained(accumulator)).toEqual(['00', '01', '10']);
    expect(drained(accumulator)).toEqual(['02', '03', '11']);
    expect(drained(accumulator)).toEqual(['12', '13']);
  });

  it('lets a record larger than a batch travel', () => {
    const accumulator = new Accumulator({ batchSize: 20, maxRequestSize: 50 });
    accumulator.append(entry(0, 40, 'large'));
    accumulator.append(entry(0, 10, 'small'));
    expect(drained(accumulator)).toEqual(['0large']);
    expect(drained(accumulator)).toEqual(['0small']);
  });

  it('discards the partitions of given entries only', () => {
    const accumulator = new Accumulator({ batchSize: 20, maxRequestSize: 50 });
    for (const partition of [0, 1, 0]) accumulator.append(entry(partition, 10));
    expect(accumulator.discard([entry(0, 10)])).toHaveLength(2);
    expect(drained(accumulator)).toEqual(['1v']);
  });

  it('gives up what is overdue', () => {
    const accumulator = new Accumulator({ batchSize: 20, maxRequestSize: 50 });
    accumulator.append(entry(0, 10, 'old', 1));
    accumulator.append(entry(0, 10, 'new', 9));
    accumulator.append(entry(1, 10, 'old', 1));
    expect(accumulator.takeExpired(5)).toHaveLength(2);
    expect(accumulator.bytes).toBe(10);
    expect(drained(accumulator)).toEqual(['0new']);
  });
});
