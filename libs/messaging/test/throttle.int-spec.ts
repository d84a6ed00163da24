import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumerConnection, KafkaDriver } from '../src/drivers/index.ts';
import { eventually } from '../src/testing/index.ts';
import { Harness, numbered } from './consumer-harness.ts';

describe('a consumer that is held back', () => {
  let on: Harness;
  beforeEach(async () => {
    on = await Harness.open({ partitions: 2 });
  });
  afterEach(() => on[Symbol.asyncDispose]());

  /** Notes which partitions are paused. */
  function watched(): { driver: KafkaDriver; paused: Set<number> } {
    const paused = new Set<number>();
    const consumer: KafkaDriver['consumer'] = (options) => {
      const connection: ConsumerConnection = on.driver.consumer(options);
      const pause = connection.pause.bind(connection);
      connection.pause = (partitions) => {
        for (const { partition } of partitions) paused.add(partition);
        pause(partitions);
      };
      return connection;
    };
    return { driver: { ...on.driver, consumer }, paused };
  }

  it('handles so many records per second, of all partitions together, and stays a member', async () => {
    const maxRecordsPerSecond = 100;
    await on.send(...numbered(150, 'p0-', 0), ...numbered(150, 'p1-', 1));
    const { driver, paused } = watched();
    const options = { driver, maxRecordsPerSecond, queueRecords: 20 };
    let begun = 0;
    let idleMs = 0;
    const { strategy } = await on.join(async (events, tx) => {
      begun ||= performance.now();
      idleMs = Math.max(idleMs, strategy.health().idleMs);
      await on.apply(events, tx);
    }, options);
    await eventually(async () => expect(await on.committed()).toBe(300n), { timeoutMs: 20_000 });
    // What a quiet second allows may have gone when the clock began.
    expect(performance.now() - begun).toBeGreaterThan(1_800);
    expect([...paused].sort()).toEqual([0, 1]);
    expect(idleMs).toBeLessThan(1_500);
    const texts = await on.texts();
    for (const [key, partition] of [
      ['p0-', 0],
      ['p1-', 1],
    ] as const) {
      const sent = numbered(150, key, partition).map(({ text }) => text);
      expect(texts.filter((text) => text.startsWith(key))).toEqual(sent);
    }
  });

  it('gives way to what is more urgent, and never for ever', async () => {
    let urgent = true;
    let looks = 0;
    const giveWay = (): boolean => {
      looks += 1;
      return urgent;
    };
    await on.join(on.apply, { giveWay });
    await on.send({ text: 'a' });
    await eventually(async () => expect(await on.texts()).toEqual(['a']));
    expect(looks).toBeGreaterThan(5);
    urgent = false;
    await on.send({ text: 'b' });
    await eventually(async () => expect(await on.texts()).toEqual(['a', 'b']));
  });
});
