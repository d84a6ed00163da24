import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { allOf, DriverBench, Recorder, type DriverEnvironment } from './driver-bench.ts';

export function outageSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it('goes on after its connections were taken away', async () => {
    const topic = await bench.topic(2);
    const { member, recorder } = await bench.join(freshName('group'), topic);
    await bench.produce(topic, 0, ['before']);
    await eventually(() => expect(recorder.values).toEqual(['before']));

    environment.interrupt();
    await eventually(() => bench.produce(topic, 1, ['after']));
    await eventually(() => expect(recorder.values).toContain('after'));
    await eventually(async () => expect(await bench.admin.partitionCount(topic)).toBe(2));
    const behind = { topic, partition: 1, offset: 1n };
    await eventually(async () => expect(await member.commit([behind], recorder.epoch)).toBe(true));
    expect(recorder.crashes).toEqual([]);
  });

  it('goes on reading after its connections were taken away', async () => {
    const topic = await bench.topic(1);
    await bench.produce(topic, 0, ['before']);
    const seen: string[] = [];
    for await (const { value } of bench.driver.read({ topic, until: { offset: 2n } })) {
      seen.push(String(value));
      if (seen.length > 1) continue;
      environment.interrupt();
      await eventually(() => bench.produce(topic, 0, ['after']));
    }
    expect(seen).toEqual(['before', 'after']);
  });

  it('rejects within its bounds when no broker answers', async () => {
    const { unreachable } = environment;
    await expect(unreachable.producer()).rejects.toThrow();
    await expect(unreachable.admin()).rejects.toThrow();
    await expect(allOf(unreachable.read({ topic: 'none' }))).rejects.toThrow();
    const consumer = unreachable.consumer({ group: 'nobody', topics: ['none'] });
    await expect(consumer.start(new Recorder())).rejects.toThrow();
    await consumer.stop();
  });
}
