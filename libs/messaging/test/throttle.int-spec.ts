import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConsumerConnection, KafkaDriver } from '@sluice/kafka';
import { eventually } from '@sluice/core/testing';
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
    // The session timeout.
    expect(idleMs).toBeLessThan(15_000);
    const texts = await on.texts();
    for (const [key, partition] of [
      ['p0-', 0],
      ['p1-', 1],
    ] as const) {
      const sent = numbered(150, key, partition).map(({ text }) => text);
      expect(texts.filter((text) => text.startsWith(key))).toEqual(sent);
    }
  });

  it('holds all partitions together to the limit of background work, in order', async () => {
    let begun = 0;
    await on.send(...numbered(150, 'p0-', 0), ...numbered(150, 'p1-', 1));
    await on.join(
      async (events, tx) => {
        begun ||= performance.now();
        await on.apply(events, tx);
      },
      { backgroundLimit: () => 400 },
    );
    await eventually(async () => expect(await on.committed()).toBe(300n));
    // 80 records in 200 ms: the last of them come in the fourth slot.
    expect(performance.now() - begun).toBeGreaterThan(500);
    const texts = await on.texts();
    for (const key of ['p0-', 'p1-']) {
      const own = texts.filter((text) => text.startsWith(key));
      expect(own).toEqual(numbered(150, key, 0).map(({ text }) => text));
    }
  });
});
