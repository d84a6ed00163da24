import { describe, expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { DriverBench, type DriverEnvironment } from '@sluice/kafka/testing/conformance';
import { kafkaDriver } from '../src/index.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
const orders = [
  ['kafkajs', 'platformatic'],
  ['platformatic', 'kafkajs'],
] as const;

describe.each(orders)('a group of a %s member and then a %s one', (first, second) => {
  const environmentOf = (client: (typeof orders)[number][number]): DriverEnvironment => {
    const driver = kafkaDriver({ client, brokers, clientId: 'mixed' });
    const nothing = (): undefined => undefined;
    return { driver, unreachable: driver, interrupt: nothing, fence: nothing, grow: nothing };
  };
  const old = new DriverBench(environmentOf(first));
  const next = new DriverBench(environmentOf(second));

  it('shares all partitions, and hands over everything while one replaces the other', async () => {
    const topic = await old.topic(6);
    const group = freshName('group');
    const one = await old.join(group, topic);
    const other = await next.join(group, topic);
    await eventually(() => {
      expect(one.recorder.assigned).toHaveLength(3);
      expect(other.recorder.assigned).toHaveLength(3);
    });
    const all = [0, 1, 2, 3, 4, 5];
    await old.send(all.map((partition) => ({ topic, partition, key: 'k', value: `first ${partition}` })));
    await eventually(() => {
      const values = [...one.recorder.values, ...other.recorder.values];
      expect(values.sort()).toEqual(all.map((partition) => `first ${partition}`));
    });
    expect(await next.admin.groupSubscriptions(group)).toEqual([[topic], [topic]]);
    for (const { member, recorder } of [one, other]) {
      const processed = recorder.assigned.map((partition) => ({ ...partition, offset: 1n }));
      expect(await member.commit(processed, recorder.epoch)).toBe(true);
    }
    await one.member.stop();
    await eventually(() => expect(other.recorder.assigned).toHaveLength(6));
    await next.send(all.map((partition) => ({ topic, partition, key: 'k', value: `second ${partition}` })));
    await eventually(() => {
      const seconds = other.recorder.values.filter((value) => value.startsWith('second'));
      expect(seconds.sort()).toEqual(all.map((partition) => `second ${partition}`));
    });
    expect([...one.recorder.crashes, ...other.recorder.crashes]).toEqual([]);
  });
});
