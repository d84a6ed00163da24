import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { DriverBench, type DriverEnvironment } from './driver-bench.ts';

export function adminSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it('creates topics idempotently and tells their partitions', async () => {
    const name = await bench.topic(3);
    await bench.admin.createTopics([
      { name, partitions: 5 },
      { name: `${name}.dlq`, partitions: 1 },
    ]);
    expect(await bench.admin.topics()).toEqual(expect.arrayContaining([name, `${name}.dlq`]));
    expect(await bench.admin.partitionCount(name)).toBe(3);
    expect(await bench.admin.partitionCount(`${name}.dlq`)).toBe(1);
  });

  it('deletes topics with what is in them, also those that are gone already', async () => {
    const [name, other] = [await bench.topic(1), await bench.topic(1)];
    await bench.produce(name, 0, ['a']);
    await bench.admin.deleteTopics([name, freshName('none')]);
    const left = await bench.admin.topics();
    expect(left).not.toContain(name);
    expect(left).toContain(other);
  });

  it('tells the configuration of a topic, defaults included', async () => {
    const topic = await bench.topic(1, { 'retention.ms': '12345', 'cleanup.policy': 'compact' });
    const configs = await bench.admin.topicConfigs(topic);
    expect(configs).toMatchObject({ 'retention.ms': '12345', 'cleanup.policy': 'compact' });
    expect(Number(configs['max.message.bytes'])).toBeGreaterThan(0);
  });

  it('tells the groups, and what they committed', async () => {
    const topic = await bench.topic(2);
    const group = freshName('group');
    expect(await bench.admin.committedOffsets(group, topic)).toEqual(new Map());
    const { member, recorder } = await bench.join(group, topic);
    await bench.produce(topic, 1, ['a']);
    expect(await member.commit([{ topic, partition: 1, offset: 1n }], recorder.epoch)).toBe(true);
    expect(await bench.groupsOn(topic)).toEqual([group]);
    expect((await bench.admin.committedOffsets(group, topic)).get(1)).toBe(1n);
    await member.stop();
    expect(await bench.admin.groups()).toContain(group);
  });

  it('tells what the members of a group subscribed to', async () => {
    const topics = [await bench.topic(1), await bench.topic(1)];
    const group = freshName('group');
    expect(await bench.admin.groupSubscriptions(group)).toEqual([]);
    const { member } = await bench.join(group, topics[0] ?? '', { topics });
    expect((await bench.admin.groupSubscriptions(group)).map((found) => found.toSorted())).toEqual([topics.toSorted()]);
    await member.stop();
    await eventually(async () => expect(await bench.admin.groupSubscriptions(group)).toEqual([]));
  });

  it('tells offsets: the first, the next, and the one of a moment', async () => {
    const topic = await bench.topic(2);
    await bench.produce(topic, 0, ['a', 'b']);
    const moment = await bench.nextMoment();
    await bench.produce(topic, 0, ['c']);
    const offsets = (zero: bigint, one: bigint): Map<number, bigint> =>
      new Map([
        [0, zero],
        [1, one],
      ]);
    expect(await bench.admin.startOffsets(topic)).toEqual(offsets(0n, 0n));
    expect(await bench.admin.endOffsets(topic)).toEqual(offsets(3n, 0n));
    expect(await bench.admin.offsetsForTimestamp(topic, moment)).toEqual(offsets(2n, 0n));
    expect(await bench.admin.offsetsForTimestamp(topic, 0)).toEqual(offsets(0n, 0n));
    expect(await bench.admin.offsetsForTimestamp(topic, Date.now() + 60_000)).toEqual(offsets(3n, 0n));
  });

  it('calls an unknown topic invalid', async () => {
    const none = freshName('none');
    const { admin } = bench;
    const questions = [
      () => admin.partitionCount(none),
      () => admin.startOffsets(none),
      () => admin.endOffsets(none),
      () => admin.offsetsForTimestamp(none, 0),
      () => admin.topicConfigs(none),
    ];
    const invalid = { kind: 'invalid', code: 'unknown-topic' };
    await Promise.all(questions.map((ask) => expect(ask()).rejects.toMatchObject(invalid)));
  });

  it('tells which cluster it is', async () => {
    const other = await bench.driver.admin();
    const ids = [await bench.admin.clusterId(), await other.clusterId()];
    await other.close();
    expect(ids[0]).toMatch(/./);
    expect(ids[0]).toBe(ids[1]);
  });
}
