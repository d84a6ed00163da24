import { expect, it, vi } from 'vitest';
import { AdaptiveLinger } from '@sluice/core';
import { eventually, freshName } from '@sluice/core/testing';
import { compressions } from '@sluice/kafka/driver';
import { DriverBench, valuesOf, type DriverEnvironment } from '@sluice/kafka/testing/conformance';

/** No test would wait for it. */
const endlessMs = 3_600_000;
const pausing = () => vi.spyOn(AdaptiveLinger.prototype, 'delayMs').mockReturnValue(endlessMs);

/** What a broker decides by the sizes and waits of a fetch; the one in memory knows none. */
export function fetchingSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it.each(compressions)('reads what the broker itself has compressed with %s', async (compression) => {
    const topic = await bench.topic(1, { 'compression.type': compression === 'none' ? 'uncompressed' : compression });
    const values = ['a', 'x'.repeat(200_000), 'c'];
    await bench.produce(topic, 0, values);
    expect(valuesOf(await bench.read(topic))).toEqual(values);
    const { recorder } = await bench.join(freshName('group'), topic);
    await eventually(() => expect(recorder.values).toEqual(values));
  });

  it('lets the broker hold back what is less than fetchMinBytes, for fetchMaxWaitMs at most', async () => {
    const topic = await bench.topic(1);
    const options = { fetchMinBytes: 100_000, fetchMaxWaitMs: 1_500 };
    const { recorder } = await bench.join(freshName('group'), topic, options);
    const fetchedAt: number[] = [];
    recorder.react = () => void fetchedAt.push(performance.now());
    await bench.produce(topic, 0, ['a']);
    await eventually(() => expect(recorder.values).toEqual(['a']));
    // The next fetch has begun.
    await bench.produce(topic, 0, ['b']);
    await eventually(() => expect(recorder.values).toEqual(['a', 'b']));
    expect(fetchedAt[1]! - fetchedAt[0]!).toBeGreaterThan(1_400);
  });

  it('fetches no more of a partition at once than maxPartitionFetchBytes', async () => {
    const topic = await bench.topic(1);
    const value = 'x'.repeat(60_000);
    for (let i = 0; i < 4; i += 1) await bench.produce(topic, 0, [value]);
    const { recorder } = await bench.join(freshName('group'), topic, { maxPartitionFetchBytes: 65_536 });
    await eventually(() => expect(recorder.records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n]));
    expect(recorder.sizes).toEqual([1, 1, 1, 1]);
  });

  it('hears at once that a partition is resumed, also when nothing else was left to fetch from', async () => {
    const fetchMaxWaitMs = 4_000;
    const partition = { topic: await bench.topic(1), partition: 0 };
    const { member, recorder } = await bench.join(freshName('group'), partition.topic, { fetchMaxWaitMs });
    const fetchedAt: number[] = [];
    recorder.react = () => {
      fetchedAt.push(performance.now());
      member.pause([partition]);
    };
    await bench.produce(partition.topic, 0, ['a']);
    await eventually(() => expect(recorder.values).toEqual(['a']));
    await bench.produce(partition.topic, 0, ['b']);
    member.resume([partition]);
    await eventually(() => expect(recorder.values).toEqual(['a', 'b']));
    expect(fetchedAt[1]! - fetchedAt[0]!).toBeLessThan(fetchMaxWaitMs);
  });

  it('fetches without pauses for as long as it lags behind, however busy the process', async () => {
    const topic = await bench.topic(1);
    const producer = await bench.driver.producer();
    for (let i = 0; i < 40; i += 1)
      await producer.sendBatch([{ topic, partition: 0, key: 'k', value: 'x'.repeat(1_000) }]);
    await producer.close();
    using _ = pausing();
    const { recorder } = await bench.join(freshName('group'), topic, { maxPartitionFetchBytes: 1_100 });
    await eventually(() => expect(recorder.records).toHaveLength(40));
    expect(recorder.sizes.length).toBeGreaterThan(20);
  });

  it('pauses after a fetch, not before the next partition that it brought', async () => {
    const topic = await bench.topic(6);
    const partitions = [0, 1, 2, 3, 4, 5].map((partition) => ({ topic, partition }));
    const { member, recorder } = await bench.join(freshName('group'), topic);
    member.pause(partitions);
    await bench.send(partitions.map((partition) => ({ ...partition, key: 'k', value: 'v' })));
    using _ = pausing();
    member.resume(partitions);
    await eventually(() => expect(recorder.records).toHaveLength(6));
  });
}
