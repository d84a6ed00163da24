import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { PartitionsGone } from '../src/drivers/partitions-gone.ts';
import { DriverBench, valuesOf, type DriverEnvironment } from './driver-bench.ts';

/** Topics that vanish, come again, shrink and grow under clients that are at work. */
export function topicsSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);
  /** A join takes seconds while a session of another one has to end. */
  const patient = { timeoutMs: 30_000 };

  it('writes what it can when partitions do not exist, and tells what that was', async () => {
    const topic = await bench.topic(2);
    const none = freshName('none');
    const places: [string, number][] = [
      [topic, 0],
      [topic, 2],
      [none, 0],
      [topic, 1],
      [topic, 0],
    ];
    const records = places.map(([name, partition], i) => ({ topic: name, partition, key: 'k', value: `v${i}` }));
    const error: unknown = await bench.send(records).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(PartitionsGone);
    expect((error as PartitionsGone).written).toEqual([
      { topic, partition: 0, offset: 0n },
      undefined,
      undefined,
      { topic, partition: 1, offset: 0n },
      { topic, partition: 0, offset: 1n },
    ]);
    expect(valuesOf(await bench.read(topic))).toEqual(['v0', 'v4', 'v3']);
  });

  it('writes nothing twice to a topic that was made again with fewer partitions', async () => {
    const [topic, other] = [await bench.topic(3), await bench.topic(1)];
    const producer = await bench.driver.producer();
    const send = (values: string[]) =>
      producer.sendBatch([
        ...values.map((value, partition) => ({ topic, partition, key: 'k', value })),
        { topic: other, partition: 0, key: 'k', value: 'other' },
      ]);
    try {
      await send(['a', 'b', 'c']);
      await bench.admin.deleteTopics([topic]);
      await bench.admin.createTopics([{ name: topic, partitions: 1 }]);
      await expect(send(['d', 'e', 'f'])).rejects.toMatchObject({
        name: 'PartitionsGone',
        written: [{ partition: 0, offset: 0n }, undefined, undefined, { topic: other, offset: 1n }],
      });
      await producer.sendBatch([{ topic, partition: 0, key: 'k', value: 'g' }]);
    } finally {
      await producer.close();
    }
    expect(valuesOf(await bench.read(topic))).toEqual(['d', 'g']);
    expect(valuesOf(await bench.read(other))).toEqual(['other', 'other']);
  });

  it('owns partitions that are added', async () => {
    const topic = await bench.topic(1);
    const { recorder } = await bench.join(freshName('group'), topic);
    await environment.grow(topic, 3);
    await eventually(() => expect(recorder.assigned).toHaveLength(3), patient);
    for (const partition of [0, 1, 2]) await eventually(() => bench.produce(topic, partition, [`p${partition}`]));
    await eventually(() => expect([...new Set(recorder.values)].sort()).toEqual(['p0', 'p1', 'p2']));
    expect(recorder.crashes).toEqual([]);
  });

  it('goes on with its other topics while one is deleted, and with that one when it exists again', async () => {
    const [kept, deleted] = [await bench.topic(1), await bench.topic(2)];
    const { recorder } = await bench.join(freshName('group'), kept, { topics: [kept, deleted] });
    for (const topic of [kept, deleted]) await bench.produce(topic, 0, [`${topic} before`, 'and more']);
    await eventually(() => expect(recorder.records).toHaveLength(4));

    await bench.admin.deleteTopics([deleted]);
    await eventually(() => expect(recorder.assigned.map(({ topic }) => topic)).toEqual([kept]), patient);
    await bench.produce(kept, 0, ['meanwhile']);
    await eventually(() => expect(recorder.values).toContain('meanwhile'), patient);

    await bench.admin.createTopics([{ name: deleted, partitions: 3 }]);
    await bench.produce(deleted, 2, ['again']);
    await bench.produce(deleted, 0, ['from its start']);
    await eventually(
      () => expect(recorder.values).toEqual(expect.arrayContaining(['again', 'from its start'])),
      patient,
    );
    expect(recorder.crashes).toEqual([]);
  });

  it('begins at the start where what is committed is beyond the end, and reports it once', async () => {
    const topic = await bench.topic(2);
    const group = freshName('group');
    for (const partition of [0, 1]) await bench.produce(topic, partition, ['a', 'b']);
    const { member, recorder } = await bench.join(group, topic);
    const offsets = [
      { topic, partition: 0, offset: 100n },
      { topic, partition: 1, offset: 2n },
    ];
    expect(await member.commit(offsets, recorder.epoch)).toBe(true);
    await member.stop();

    const { member: again, recorder: seen } = await bench.join(group, topic);
    await eventually(() => expect(seen.values).toEqual(['a', 'b']));
    expect(seen.outOfRange).toEqual([{ topic, partition: 0, offset: 100n, start: 0n, end: 2n }]);
    await again.stop();
    const { recorder: third } = await bench.join(group, topic);
    await eventually(() => expect(third.values).toEqual(['a', 'b']));
    expect(third.outOfRange).toEqual([]);
  });
}
