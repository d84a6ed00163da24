import { describe, expect, it } from 'vitest';
import { AppError } from '../src/errors.ts';
import { eventually } from '../src/testing/index.ts';
import { Harness, numbered } from './consumer-harness.ts';

describe('a consumer with several partitions', () => {
  it('goes on with the others while one waits or fails', async () => {
    await using on = await Harness.open({ partitions: 3 });
    let away = true;
    await on.join(async (events, tx) => {
      if (away && events[0]?.key === 'p0') throw new AppError('unavailable', 'away', 'away');
      if (events.some(({ data }) => data.text === 'p1-bad')) throw new Error('a defect');
      await on.apply(events, tx);
    });
    await on.send(...numbered(10, 'p0', 0), { key: 'p1', text: 'p1-bad', partition: 1 }, ...numbered(10, 'p2', 2));
    await eventually(async () => expect((await on.texts()).filter((text) => text.startsWith('p2'))).toHaveLength(10));
    await eventually(async () => expect(await on.parked.list()).toMatchObject([{ key: 'p1' }]));
    expect((await on.texts()).filter((text) => text.startsWith('p0'))).toEqual([]);
    away = false;
    await eventually(async () => expect(await on.committed()).toBe(21n));
    expect(on.fatal).toEqual([]);
  });

  it('stops fetching when a handler is slow, and goes on after', async () => {
    await using on = await Harness.open({ partitions: 2 });
    const gate = Promise.withResolvers<void>();
    await on.send(...numbered(300, 'p0', 0));
    const { strategy } = await on.join(
      async (events, tx) => {
        if (events[0]?.key === 'p0') await gate.promise;
        await on.apply(events, tx);
      },
      { queueRecords: 50, maxPollRecords: 20 },
    );
    for (let i = 0; i < 5; i += 1) await on.send(...numbered(100, 'p0', 0));
    await on.send({ key: 'p1', text: 'through', partition: 1 });
    await eventually(async () => expect(await on.texts()).toEqual(['through']));
    gate.resolve();
    await eventually(async () => expect(await on.committed()).toBe(801n));
    expect(strategy.health().state).toBe('joined');
  });

  it('loses, repeats and reorders nothing when members come and go', async () => {
    await using on = await Harness.open({ partitions: 4 });
    const total = 40;
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const first = await on.join(on.apply, { maxPollRecords: 10 });
    const sending = (async () => {
      for (let version = 1; version <= total; version += 1) {
        await on.send(...keys.map((key) => ({ key, version, text: `${key}${version}` })));
      }
    })();
    await on.join(on.apply, { maxPollRecords: 10 });
    await sending;
    await on.leave(first.member);
    await eventually(async () => expect(await on.committed()).toBe(BigInt(total * keys.length)));
    const effects = await on.effects();
    for (const key of keys) {
      const versions = effects.filter((effect) => effect.key === key).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    }
  });
});
