import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { headerOf } from '../src/drivers/header-of.ts';
import { DriverBench, type DriverEnvironment } from './driver-bench.ts';

export function consumingSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);

  it('hands over what was produced before the group existed, with headers', async () => {
    const topic = await bench.topic(1);
    await bench.send(
      ['a', 'b'].map((value) => ({ topic, partition: 0, key: 'k', value, headers: [['a', value]] as const })),
    );
    const { recorder } = await bench.join(freshName('group'), topic);
    await eventually(() => expect(recorder.records).toHaveLength(2));
    expect(
      recorder.records.map(({ value, headers, offset }) => [String(value), String(headerOf(headers, 'a')), offset]),
    ).toEqual([
      ['a', 'a', 0n],
      ['b', 'b', 1n],
    ]);
  });

  it('hands over null keys, tombstones and a record larger than a fetch', async () => {
    const topic = await bench.topic(1);
    const large = 'x'.repeat(900_000);
    await bench.send([
      { topic, partition: 0, key: null, value: large },
      { topic, partition: 0, key: 'k', value: null },
    ]);
    const { recorder } = await bench.join(freshName('group'), topic, { maxPartitionFetchBytes: 65_536 });
    await eventually(() => expect(recorder.records).toHaveLength(2));
    expect(recorder.records[0]?.key).toBeNull();
    expect(recorder.values[0] === large).toBe(true);
    expect(recorder.records[1]).toMatchObject({ key: Buffer.from('k'), value: null, headers: [] });
  });

  it('commits an initial offset for every partition before start resolves', async () => {
    const topic = await bench.topic(3);
    await bench.produce(topic, 1, ['a']);
    const group = freshName('group');
    await bench.join(group, topic);
    expect(await bench.admin.committedOffsets(group, topic)).toEqual(new Map([0, 1, 2].map((p) => [p, 0n])));
  });

  it('delivers from the committed offset on, not from the last position', async () => {
    const topic = await bench.topic(1);
    const group = freshName('group');
    await bench.produce(topic, 0, ['a', 'b', 'c']);
    const { member, recorder } = await bench.join(group, topic);
    await eventually(() => expect(recorder.records).toHaveLength(3));
    expect(await member.commit([{ topic, partition: 0, offset: 1n }], recorder.epoch)).toBe(true);
    await member.stop();

    const { recorder: again } = await bench.join(group, topic);
    await eventually(() => expect(again.records.map(({ offset }) => offset)).toEqual([1n, 2n]));
  });

  it('gives every group everything', async () => {
    const topic = await bench.topic(2);
    const [one, other] = [await bench.join(freshName('group'), topic), await bench.join(freshName('group'), topic)];
    await bench.produce(topic, 0, ['a']);
    await bench.produce(topic, 1, ['b']);
    for (const { recorder } of [one, other]) await eventually(() => expect(recorder.values.sort()).toEqual(['a', 'b']));
  });

  it('hands nothing over while paused, goes on where it was, and stays a member', async () => {
    const topic = await bench.topic(1);
    const { member, recorder } = await bench.join(freshName('group'), topic);
    const partition = { topic, partition: 0 };
    member.pause([partition]);
    await bench.produce(topic, 0, ['a', 'b']);
    const { epoch } = recorder;
    // Heartbeats go on though every partition is paused: several intervals pass and the coordinator keeps answering.
    const started = Date.now();
    await eventually(() => expect(Date.now() - started).toBeGreaterThan(1_500));
    await eventually(() => expect(member.idleMs()).toBeLessThan(1_000));
    expect(recorder.records).toEqual([]);
    member.resume([partition]);
    await eventually(() => expect(recorder.values).toEqual(['a', 'b']));
    expect(recorder.epoch).toBe(epoch);
  });

  it('pauses one partition and goes on with the others', async () => {
    const topic = await bench.topic(2);
    const { member, recorder } = await bench.join(freshName('group'), topic);
    await bench.produce(topic, 0, ['a']);
    await eventually(() => expect(recorder.values).toEqual(['a']));
    member.pause([{ topic, partition: 0 }]);
    await bench.produce(topic, 0, ['held']);
    await bench.produce(topic, 1, ['b']);
    await eventually(() => expect(recorder.values).toContain('b'));
    await bench.produce(topic, 1, ['c']);
    await eventually(() => expect(recorder.values).toEqual(['a', 'b', 'c']));
    member.resume([{ topic, partition: 0 }]);
    await eventually(() => expect(recorder.values).toEqual(['a', 'b', 'c', 'held']));
  });

  it('shares partitions with a second member and refuses commits of an older epoch', async () => {
    const topic = await bench.topic(4);
    const group = freshName('group');
    const first = await bench.join(group, topic);
    const before = first.recorder.epoch;
    const second = await bench.join(group, topic);
    await eventually(() => {
      expect(first.recorder.assigned).toHaveLength(2);
      expect(second.recorder.assigned).toHaveLength(2);
    });
    const owned = [...first.recorder.assigned, ...second.recorder.assigned].map(({ partition }) => partition).sort();
    expect(owned).toEqual([0, 1, 2, 3]);
    expect(first.recorder.epoch).toBeGreaterThan(before);
    expect(await first.member.commit([{ topic, partition: 0, offset: 7n }], before)).toBe(false);
    expect((await bench.admin.committedOffsets(group, topic)).get(0)).toBe(0n);

    for (const partition of owned) await bench.produce(topic, partition, ['x']);
    await eventually(() => expect(first.recorder.records.length + second.recorder.records.length).toBe(4));
    await second.member.stop();
    await eventually(() => expect(first.recorder.assigned).toHaveLength(4));
    const mine = { topic, partition: second.recorder.records[0]?.partition ?? -1, offset: 1n };
    expect(await first.member.commit([mine], first.recorder.epoch)).toBe(true);
  });

  it('refuses a commit when its group went on without it, and joins again', async () => {
    const topic = await bench.topic(1);
    const group = freshName('group');
    const { member, recorder } = await bench.join(group, topic, { heartbeatIntervalMs: 2_000 });
    const { epoch } = recorder;
    await environment.fence(group);
    expect(await member.commit([{ topic, partition: 0, offset: 7n }], epoch)).toBe(false);
    expect((await bench.admin.committedOffsets(group, topic)).get(0)).toBe(0n);
    await eventually(() => expect(recorder.epoch).toBeGreaterThan(epoch));
    await eventually(() => expect(recorder.assigned).toHaveLength(1));
    const mine = [{ topic, partition: 0, offset: 0n }];
    await eventually(async () => expect(await member.commit(mine, recorder.epoch)).toBe(true));
    expect(recorder.crashes).toEqual([]);
  });

  it.each(['old', 'new'])(
    'assigns only what was subscribed to when versions differ, the %s one first',
    async (first) => {
      const [kept, added] = [await bench.topic(4), await bench.topic(4)];
      const group = freshName('group');
      const versions = { old: [kept], new: [kept, added] };
      const one = await bench.join(group, kept, { topics: first === 'old' ? versions.old : versions.new });
      const other = await bench.join(group, kept, { topics: first === 'old' ? versions.new : versions.old });
      const [before, after] = first === 'old' ? [one, other] : [other, one];
      await eventually(() => {
        const owned = [...before.recorder.assigned, ...after.recorder.assigned].filter(({ topic }) => topic === kept);
        expect(owned.map(({ partition }) => partition).sort()).toEqual([0, 1, 2, 3]);
        expect(before.recorder.assigned.length).toBeGreaterThan(0);
      });
      expect(before.recorder.assigned.filter(({ topic }) => topic === added)).toEqual([]);
      expect(before.recorder.crashes).toEqual([]);
      await before.member.stop();
      await eventually(() => expect(after.recorder.assigned).toHaveLength(8));
    },
  );

  it('takes no commit after it was stopped', async () => {
    const topic = await bench.topic(1);
    const { member, recorder } = await bench.join(freshName('group'), topic);
    await member.stop();
    expect(await member.commit([{ topic, partition: 0, offset: 1n }], recorder.epoch)).toBe(false);
  });
}
