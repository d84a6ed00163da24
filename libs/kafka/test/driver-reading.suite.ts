import { expect, it } from 'vitest';
import { freshName } from '@sluice/core/testing';
import { byPosition, DriverBench, valuesOf, type DriverEnvironment } from './driver-bench.ts';

export function readingSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it('reads everything up to the present end, across partitions, and without a group', async () => {
    const topic = await bench.topic(3);
    const values = Array.from({ length: 300 }, (_, i) => `v${i}`);
    for (const partition of [0, 2]) await bench.produce(topic, partition, values);
    const records = [];
    const groups = new Set<string>();
    for await (const record of bench.driver.read({ topic, until: 'latest' })) {
      if (records.push(record) === 1) for (const group of await bench.groupsOn(topic)) groups.add(group);
    }
    records.sort(byPosition);
    expect(valuesOf(records)).toEqual([...values, ...values]);
    expect(records.slice(300).map(({ partition, offset }) => [partition, offset])).toEqual(
      values.map((_, i) => [2, BigInt(i)]),
    );
    expect([...groups, ...(await bench.groupsOn(topic))]).toEqual([]);
  });

  it('reads chosen partitions between two offsets', async () => {
    const topic = await bench.topic(2);
    await bench.produce(topic, 0, ['x']);
    await bench.produce(topic, 1, ['a', 'b', 'c', 'd', 'e']);
    const between = { partitions: [1], from: { offset: 1n }, until: { offset: 4n } };
    expect(valuesOf(await bench.read(topic, between))).toEqual(['b', 'c', 'd']);
    const offsets = new Map([
      [0, 1n],
      [1, 3n],
    ]);
    expect(valuesOf(await bench.read(topic, { from: { offsets } }))).toEqual(['d', 'e']);
  });

  it('reads what was produced between two moments', async () => {
    const topic = await bench.topic(2);
    await bench.produce(topic, 0, ['before']);
    const begin = await bench.nextMoment();
    await bench.produce(topic, 0, ['a']);
    await bench.produce(topic, 1, ['b']);
    const end = await bench.nextMoment();
    await bench.produce(topic, 0, ['after']);
    expect(valuesOf(await bench.read(topic, { from: { timestampMs: begin } }))).toEqual(['a', 'after', 'b']);
    const both = { from: { timestampMs: begin }, until: { timestampMs: end } };
    expect(valuesOf(await bench.read(topic, both))).toEqual(['a', 'b']);
  });

  it('reads records larger than a fetch, from several partitions', async () => {
    const topic = await bench.topic(4);
    const values = ['x', 'y'].map((letter) => letter.repeat(200_000));
    for (const partition of [0, 1, 2, 3]) for (const value of values) await bench.produce(topic, partition, [value]);
    const records = await bench.read(topic, { maxPartitionFetchBytes: 1_000 });
    expect(records.map(({ partition }) => partition)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  });

  it('follows a topic from its end until it is aborted', async () => {
    const topic = await bench.topic(1);
    await bench.produce(topic, 0, ['old']);
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = bench.driver.read({ topic, from: 'latest', signal: stop.signal })[Symbol.asyncIterator]();
    // The position is taken when the first record is asked for; so it is asked for before it exists.
    const first = reading.next();
    const producing = async (): Promise<void> => {
      for (let i = 0; seen.length === 0; i += 1) await bench.produce(topic, 0, [`new${i}`]);
    };
    const produced = producing();
    const { value } = await first;
    seen.push(String(value?.value));
    await produced;
    stop.abort();
    expect(seen[0]).toMatch(/^new/);
    expect(await reading.next()).toMatchObject({ done: true });
  });

  it('returns at once from what is empty, and when the loop is left', async () => {
    const topic = await bench.topic(1);
    expect(await bench.read(topic)).toEqual([]);
    await bench.produce(topic, 0, ['a', 'b']);
    const seen: string[] = [];
    for await (const { value } of bench.driver.read({ topic })) {
      seen.push(String(value));
      break;
    }
    expect(seen).toEqual(['a']);
  });

  it('calls unknown topics, unknown partitions and offsets beyond the end invalid', async () => {
    const topic = await bench.topic(1);
    const invalid = { kind: 'invalid' };
    await expect(bench.read(freshName('none'))).rejects.toMatchObject(invalid);
    await expect(bench.read(topic, { partitions: [1] })).rejects.toMatchObject(invalid);
    await expect(bench.read(topic, { from: { offset: 1n } })).rejects.toMatchObject(invalid);
  });
}
