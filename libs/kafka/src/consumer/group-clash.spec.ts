import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryKafka } from '../testing/memory/memory-kafka.ts';
import type { KafkaDriver } from '../drivers/port.ts';
import { silentLog } from '@sluice/core';
import { eventually } from '@sluice/core/testing';
import { assertNoClash } from './group-clash.ts';
import type { BatchProcessor } from './batch-processor.ts';
import { GroupConsumer } from './group-consumer.ts';
import type { GroupConsumerParts } from './group-consumer-parts.ts';
import { silentConsumerObserver } from './observer.ts';
import { Throttle } from './throttle.ts';

describe('the members of a group', () => {
  const members: GroupConsumer[] = [];
  const fatal: Error[] = [];
  let kafka: MemoryKafka;
  beforeEach(() => {
    kafka = new MemoryKafka();
    for (const name of ['a', 'b', 'c']) kafka.create({ name, partitions: 2 });
    fatal.length = 0;
  });
  afterEach(async () => {
    for (const member of members.splice(0)) await member.stop();
  });

  function member(topics: string[], driver: KafkaDriver = kafka.driver()): GroupConsumer {
    const processor: BatchProcessor = {
      batchLimit: async () => 10,
      process: async (records) => ({ done: records.length }),
      end: async () => undefined,
    };
    const parts: GroupConsumerParts = {
      ...{ driver, membership: { group: 'shop', topics }, throttle: new Throttle() },
      processors: new Map(topics.map((topic) => [topic, () => processor])),
      worker: { outageBackoff: {}, queue: { records: 100, bytes: 1_000_000 } },
      ...{ onCommit: () => undefined, onFatal: (error) => void fatal.push(error) },
      ...{ observer: silentConsumerObserver, log: silentLog },
    };
    const consumer = new GroupConsumer(parts);
    members.push(consumer);
    return consumer;
  }

  it('clash when one subscribes to other topics only; the new one says so, and stays out until the other has left', async () => {
    const first = member(['a']);
    await first.start();
    const second = member(['b', 'c']);
    const joining = second.start();
    const reason = /^group shop has a member that consumes a and nothing of b, c: [^.]*$/;
    await eventually(() =>
      expect(second.health()).toMatchObject({ state: 'joining', reason: expect.stringMatching(reason) as string }),
    );
    expect(first.health().state).toBe('joined');
    // Without a rebalance.
    expect(kafka.group('shop').isCurrent(1)).toBe(true);
    await first.stop();
    await joining;
    expect(second.health()).toMatchObject({ state: 'joined', partitions: 4 });
    expect(fatal).toEqual([]);
  });

  it.each([
    [['a'], ['a']],
    [['a'], ['a', 'b']],
    [
      ['a', 'b'],
      ['b', 'c'],
    ],
    [['a', 'b'], ['b']],
  ])('may have other versions of themselves beside them: %j, then %j', async (old, next) => {
    await member(old).start();
    const upgraded = member(next);
    await upgraded.start();
    expect(upgraded.health().state).toBe('joined');
    expect(fatal).toEqual([]);
  });

  it('clash also when they join at the same moment', async () => {
    // Nobody is seen before the join.
    let asked = 0;
    const driver = kafka.driver();
    const late: KafkaDriver = {
      ...driver,
      admin: async () => {
        const admin = await driver.admin();
        const subscriptions = admin.groupSubscriptions.bind(admin);
        admin.groupSubscriptions = async (group) => (asked++ === 0 ? [] : subscriptions(group));
        return admin;
      },
    };
    await member(['a']).start();
    const second = member(['b'], late);
    const joining = second.start();
    await eventually(() => expect(second.health().reason).toContain('group shop has a member'));
    expect(kafka.group('shop').subscriptions()).toEqual([['a']]);
    await second.stop();
    await joining;
  });

  it('may join when nobody can be asked', async () => {
    const driver = kafka.driver();
    const silent: KafkaDriver = {
      ...driver,
      admin: async () => {
        const admin = await driver.admin();
        admin.groupSubscriptions = () => Promise.reject(new Error('not authorized'));
        return admin;
      },
    };
    await member(['a'], silent).start();
    await eventually(() => expect(kafka.group('shop').subscriptions()).toEqual([['a']]));
    await expect(assertNoClash(driver, 'shop', ['a'])).resolves.toBeUndefined();
  });
});
