import { describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import type { AdminConnection, IncomingRecord, ReadOptions } from './port.ts';
import { readPartitions, type Fetched, type Fetcher } from './reading.ts';

const away = new AppError('unavailable', 'away', 'no broker');

/** A topic of which only some offsets are left, as after compaction; each partition answers one record at a time. */
class Holes implements Fetcher {
  closed = 0;
  failures = 0;
  readonly #left: Map<number, number[]>;
  readonly #end: number;

  constructor(left: Record<number, number[]>, end: number) {
    this.#left = new Map(Object.entries(left).map(([partition, offsets]) => [Number(partition), offsets]));
    this.#end = end;
  }

  async fetch(positions: ReadonlyMap<number, bigint>): Promise<Fetched[]> {
    if (this.failures-- > 0) throw away;
    return [...positions].map(([partition, position]) => {
      const offset = this.#left.get(partition)?.find((left) => BigInt(left) === position);
      const records = offset === undefined ? [] : [{ partition, offset: position } as IncomingRecord];
      return { partition, records, next: position + BigInt(records.length), end: BigInt(this.#end) };
    });
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  read(options: Partial<ReadOptions> = {}, silenceMs = 5_000): AsyncIterable<IncomingRecord> {
    const offsets = (offset: bigint) => new Map([...this.#left.keys()].map((partition) => [partition, offset]));
    const admin = {
      startOffsets: async () => offsets(0n),
      endOffsets: async () => offsets(BigInt(this.#end)),
      close: async () => undefined,
    } as unknown as AdminConnection;
    const parts = { admin: async () => admin, fetcher: async () => this, silenceMs };
    return readPartitions(parts, { topic: 't', until: 'latest', ...options });
  }
}

async function placesOf(reading: AsyncIterable<IncomingRecord>): Promise<string[]> {
  const places: string[] = [];
  for await (const { partition, offset } of reading) places.push(`${partition}/${offset}`);
  return places.sort();
}

describe('reading partitions', () => {
  it('crosses what compaction emptied, also at the end', async () => {
    const topic = new Holes({ 0: [0, 3], 1: [], 2: [5] }, 8);
    expect(await placesOf(topic.read())).toEqual(['0/0', '0/3', '2/5']);
    expect(topic.closed).toBe(1);
  });

  it('waits an outage out, and gives up after its patience', async () => {
    const topic = new Holes({ 0: [0, 1] }, 2);
    topic.failures = 2;
    expect(await placesOf(topic.read())).toEqual(['0/0', '0/1']);
    topic.failures = 1_000;
    await expect(placesOf(topic.read({}, 50))).rejects.toBe(away);
    expect(topic.closed).toBe(2);
  });
});
