import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { DriverBench, type DriverEnvironment } from './driver-bench.ts';

/** What a broker decides by the sizes and waits of a fetch; the one in memory knows none. */
export function fetchingSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it('lets the broker hold back what is less than fetchMinBytes, for fetchMaxWaitMs at most', async () => {
    const topic = await bench.topic(1);
    const options = { fetchMinBytes: 100_000, fetchMaxWaitMs: 1_500 };
    const { recorder } = await bench.join(freshName('group'), topic, options);
    await bench.produce(topic, 0, ['a']);
    await eventually(() => expect(recorder.values).toEqual(['a']));
    // A fetch has just ended, so the next one has nearly all of its time left.
    await bench.produce(topic, 0, ['b']);
    const begun = performance.now();
    await eventually(() => expect(recorder.values).toEqual(['a', 'b']));
    expect(performance.now() - begun).toBeGreaterThan(700);
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
    const partition = { topic: await bench.topic(1), partition: 0 };
    const { member, recorder } = await bench.join(freshName('group'), partition.topic, { fetchMaxWaitMs: 4_000 });
    recorder.react = () => member.pause([partition]);
    await bench.produce(partition.topic, 0, ['a']);
    await eventually(() => expect(recorder.values).toEqual(['a']));
    await bench.produce(partition.topic, 0, ['b']);
    const begun = performance.now();
    member.resume([partition]);
    await eventually(() => expect(recorder.values).toEqual(['a', 'b']));
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it('fetches without pauses for as long as it lags behind, however busy the process', async () => {
    const topic = await bench.topic(1);
    const producer = await bench.driver.producer();
    for (let i = 0; i < 40; i += 1)
      await producer.sendBatch([{ topic, partition: 0, key: 'k', value: 'x'.repeat(1_000) }]);
    await producer.close();
    const { recorder } = await bench.join(freshName('group'), topic, { maxPartitionFetchBytes: 1_100 });
    const idle = keepBusy();
    await eventually(() => expect(recorder.sizes.length).toBeGreaterThan(1));
    const begun = performance.now();
    await eventually(() => expect(recorder.records).toHaveLength(40)).finally(idle);
    expect(recorder.sizes.length).toBeGreaterThan(20);
    expect(performance.now() - begun).toBeLessThan(3_000);
  });

  it('pauses once after a fetch, not once for each partition that it brought', async () => {
    const topic = await bench.topic(6);
    const { recorder } = await bench.join(freshName('group'), topic);
    const producer = await bench.driver.producer();
    const one = [0, 1, 2, 3, 4, 5].map((partition) => ({ topic, partition, key: 'k', value: 'v' }));
    await producer.sendBatch(one);
    await eventually(() => expect(recorder.records).toHaveLength(6));
    const idle = keepBusy();
    const begun = performance.now();
    for (let round = 2; round <= 6; round += 1) {
      await producer.sendBatch(one);
      await eventually(() => expect(recorder.records).toHaveLength(6 * round));
    }
    idle();
    await producer.close();
    expect(performance.now() - begun).toBeLessThan(3_500);
  });
}

/** Leaves the event loop no idle moment until the returned function is called. */
function keepBusy(): () => void {
  let isBusy = true;
  const spin = (): void => {
    const until = performance.now() + 2;
    while (performance.now() < until);
    if (isBusy) setImmediate(spin);
  };
  spin();
  return () => void (isBusy = false);
}
