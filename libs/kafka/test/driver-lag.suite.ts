import { expect, it, onTestFinished } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { LagReader } from '../src/consumer/lag-reader.ts';
import type { KafkaDriver } from '../src/drivers/port.ts';
import { DriverBench, type DriverEnvironment } from './driver-bench.ts';
import { MeasuredMember } from './measured-member.ts';

const records = 'sluice_consumer_lag_records';
const seconds = 'sluice_consumer_lag_seconds';

/** How a member measures the lag of its partitions, on whatever driver. */
export function lagSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);
  const join = (group: string, topic: string) => MeasuredMember.join(bench.driver, group, topic);
  const timestampAt = async (topic: string, offset: bigint): Promise<number> =>
    (await bench.read(topic, { from: { offset } }))[0]!.timestampMs;

  /** As a member knows it that has no record in its memory. */
  function reader(group: string, topic: string, driver: KafkaDriver = bench.driver): LagReader {
    const made = new LagReader(driver, group, () => [{ topic, partition: 0 }]);
    onTestFinished(() => made.close());
    return made;
  }

  async function expectAge(age: () => Promise<number | undefined>, timestampMs: number): Promise<void> {
    const before = Date.now();
    const seconds = await age();
    expect(seconds).toBeGreaterThanOrEqual((before - timestampMs) / 1_000);
    expect(seconds).toBeLessThanOrEqual((Date.now() - timestampMs) / 1_000);
  }

  it('is 0 of an empty topic, grows with the age of the record that is processed, and is 0 again after it', async () => {
    const topic = await bench.topic(2);
    const member = await join(freshName('group'), topic);
    const both = async () => [await member.scrape(records), await member.scrape(seconds)];
    const none = { 0: 0, 1: 0 };
    await eventually(async () => expect(await both()).toEqual([none, none]));

    const gate = Promise.withResolvers<void>();
    member.gate = gate.promise;
    await bench.produce(topic, 0, ['a', 'b', 'c']);
    await eventually(async () => expect(await member.scrape(records)).toEqual({ 0: 3, 1: 0 }));
    const timestampMs = await timestampAt(topic, 0n);
    const age = async () => (await member.scrape(seconds))['0'];
    await eventually(() => expectAge(age, timestampMs));
    const first = (await age())!;
    await eventually(async () => expect(await age()).toBeGreaterThan(first));
    expect((await member.scrape(seconds))['1']).toBe(0);

    gate.resolve();
    await eventually(async () => expect(await both()).toEqual([none, none]));
    expect(member.values).toEqual(['a', 'b', 'c']);
  });

  it('is read from the log, once for a position, when no record is in memory', async () => {
    const topic = await bench.topic(1);
    const group = freshName('group');
    const { member } = await bench.join(group, topic);
    await member.commit([{ topic, partition: 0, offset: 0n }], 1);
    await member.stop();
    await bench.produce(topic, 0, ['a', 'b']);
    let reads = 0;
    const driver = { ...bench.driver, read: (options: never) => ((reads += 1), bench.driver.read(options)) };
    const lag = reader(group, topic, driver);
    const timestampMs = await timestampAt(topic, 0n);
    await eventually(() => expectAge(async () => (await lag.lags())[0]?.seconds, timestampMs));
    expect(await lag.lags()).toMatchObject([{ topic, partition: 0, records: 2 }]);
    const readBefore = reads;
    await expectAge(async () => (await lag.lags())[0]?.seconds, timestampMs);
    expect(reads).toBe(readBefore);
  });

  it('has no age while the oldest record can not be read', async () => {
    const topic = await bench.topic(1);
    await bench.produce(topic, 0, ['a']);
    const read = (): never => {
      throw new Error('the batch is damaged');
    };
    const lag = reader(freshName('group'), topic, { ...bench.driver, read });
    await eventually(async () => expect(await lag.lags()).toEqual([{ topic, partition: 0, records: 1 }]));
  });

  it('is unknown while no broker answers', async () => {
    await expect(reader('g', 't', environment.unreachable).lags()).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('of each partition has one reporter, and a rebalance is counted with its pause', async () => {
    const topic = await bench.topic(2);
    const group = freshName('group');
    const first = await join(group, topic);
    const assigned = async (member: MeasuredMember) =>
      (await member.scrape('sluice_consumer_assigned_partitions'))[topic];
    const rebalances = async (): Promise<(number | undefined)[]> => [
      (await first.scrape('sluice_consumer_rebalances_total'))[''],
      (await first.scrape('sluice_consumer_rebalance_seconds', 'sluice_consumer_rebalance_seconds_count'))[''],
    ];
    await eventually(async () => expect(await assigned(first)).toBe(2));
    expect(await rebalances()).toEqual([0, 0]);

    const second = await join(group, topic);
    await eventually(async () => {
      expect([await assigned(first), await assigned(second)]).toEqual([1, 1]);
      const reported = [await first.scrape(records), await second.scrape(records)].flatMap(Object.keys);
      expect(reported.sort()).toEqual(['0', '1']);
    });
    const [times, pauses] = await rebalances();
    expect(times).toBeGreaterThanOrEqual(1);
    expect(pauses).toBe(times);
    await second.stop();
    expect([await second.scrape(records), await assigned(second)]).toEqual([{}, 0]);
    await eventually(async () => expect(await assigned(first)).toBe(2));
  });
}
