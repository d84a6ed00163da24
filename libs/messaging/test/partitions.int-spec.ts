import { describe, expect, it } from 'vitest';
import type { IncomingRecord } from '@sluice/kafka';
import { AppError } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { Harness, numbered, type Handler } from './consumer-harness.ts';

describe('a consumer with several partitions', () => {
  it('goes on with the others while one waits or fails', async () => {
    await using on = await Harness.open({ partitions: 3 });
    let away = true;
    await on.join(async (events, tx) => {
      if (away && events.some(({ key }) => key === 'p0')) throw new AppError('unavailable', 'away', 'away');
      if (events.some(({ data }) => data.text === 'p1-bad')) throw new Error('a defect');
      await on.apply(events, tx);
    });
    await on.send(...numbered(10, 'p0', 0), { key: 'p1', text: 'p1-bad', partition: 1 }, ...numbered(10, 'p2', 2));
    await eventually(async () => expect((await on.texts()).filter((text) => text.startsWith('p2'))).toHaveLength(10));
    await eventually(async () => expect(await on.deferred.list()).toMatchObject([{ key: 'p1' }]));
    expect((await on.texts()).filter((text) => text.startsWith('p0'))).toEqual([]);
    away = false;
    await eventually(async () => expect(await on.committed()).toBe(21n));
    expect(on.fatal).toEqual([]);
  });

  it('stops fetching when a handler is slow, and goes on after', async () => {
    await using on = await Harness.open({ partitions: 2 });
    const begun = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    await on.send(...numbered(300, 'p0', 0));
    const { strategy } = await on.join(
      async (events, tx) => {
        if (events.some(({ key }) => key === 'p0')) {
          begun.resolve();
          await gate.promise;
        }
        await on.apply(events, tx);
      },
      { queueRecords: 50, maxPollRecords: 20 },
    );
    // Only then can the event of the other partition not come into the same call.
    await begun.promise;
    for (let i = 0; i < 5; i += 1) await on.send(...numbered(100, 'p0', 0));
    await on.send({ key: 'p1', text: 'through', partition: 1 });
    await eventually(async () => expect(await on.texts()).toEqual(['through']));
    gate.resolve();
    await eventually(async () => expect(await on.committed()).toBe(801n));
    expect(strategy.health().state).toBe('joined');
  });

  it('takes what is ready of several in one transaction', async () => {
    await using on = await Harness.open({ partitions: 3 });
    const calls: string[][] = [];
    const seen: number[] = [];
    let gate = Promise.resolve();
    const onConsume = (records: readonly IncomingRecord[]): readonly IncomingRecord[] => {
      seen.push(...records.map(({ partition }) => partition));
      return records;
    };
    const handler: Handler = async (events, tx) => {
      calls.push(events.map(({ data }) => data.text).toSorted());
      await gate;
      await on.apply(events, tx);
    };
    // One transaction at a time: whatever comes during it is ready when it ends.
    await on.join(handler, { maxTransactions: 1, interceptors: [{ onConsume }] });
    const toEach = (text: string) => [0, 1, 2].map((partition) => ({ key: `k${partition}`, text, partition }));
    await on.send(...toEach('first'));
    await eventually(async () => expect(await on.texts()).toHaveLength(3));

    const opened = Promise.withResolvers<void>();
    gate = opened.promise;
    await on.send({ key: 'k0', text: 'a', partition: 0 });
    await eventually(() => expect(calls.at(-1)).toEqual(['a']));
    await on.send({ key: 'k1', text: 'b', partition: 1 }, { key: 'k2', text: 'c', partition: 2 });
    await eventually(() => expect(seen).toHaveLength(6));
    opened.resolve();
    await eventually(async () => expect(await on.committed()).toBe(6n));
    expect(calls.slice(-2)).toEqual([['a'], ['b', 'c']]);
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
