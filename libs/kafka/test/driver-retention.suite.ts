import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { silentLog } from '@sluice/core';
import type { BatchProcessor } from '../src/consumer/batch-processor.ts';
import { GroupConsumer } from '../src/consumer/group-consumer.ts';
import { groupLag } from '../src/consumer/group-lag.ts';
import { LagReader } from '../src/consumer/lag-reader.ts';
import { silentConsumerObserver } from '../src/consumer/observer.ts';
import { Throttle } from '../src/consumer/throttle.ts';
import { DriverBench, type DriverEnvironment } from './driver-bench.ts';
import { expire, openTransaction, transact } from './operations.ts';

/** What only a broker does: records expire, and transactions leave markers. */
export function retentionSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);
  const lag = async (group: string, topic: string): Promise<number[]> => {
    const found = [...(await groupLag(bench.admin, group, topic))];
    return found.sort(([one], [other]) => one - other).map(([, behind]) => behind);
  };

  it('reports at the join what expired before the group had read it, once', async () => {
    const topic = await bench.topic(2);
    const group = freshName('group');
    const { member } = await bench.join(group, topic);
    await member.stop();
    for (const partition of [0, 1]) await bench.produce(topic, partition, ['a', 'b', 'c']);
    await expire(topic, 1, 2n);
    expect(await lag(group, topic)).toEqual([3, 1]);

    const { member: again, recorder } = await bench.join(group, topic);
    await eventually(() => expect(recorder.values.sort()).toEqual(['a', 'b', 'c', 'c']));
    expect(recorder.outOfRange).toEqual([{ topic, partition: 1, offset: 0n, start: 2n, end: 3n }]);
    await again.stop();
    expect((await bench.join(group, topic)).recorder.outOfRange).toEqual([]);
  });

  it('reports what expires under a member that is behind, and goes on', async () => {
    const topic = await bench.topic(1);
    const group = freshName('group');
    const partition = { topic, partition: 0 };
    const { member, recorder } = await bench.join(group, topic);
    member.pause([partition]);
    await bench.produce(topic, 0, ['a', 'b', 'c']);
    await expire(topic, 0, 2n);
    member.resume([partition]);
    await eventually(() => expect(recorder.values).toContain('c'));
    expect(recorder.outOfRange).toEqual([{ ...partition, offset: 0n, start: 2n, end: 3n }]);
    expect(recorder.crashes).toEqual([]);
  });

  it('is behind by nothing when everything has expired', async () => {
    const topic = await bench.topic(1);
    const group = freshName('group');
    await bench.produce(topic, 0, ['a', 'b', 'c']);
    expect(await lag(group, topic)).toEqual([3]);
    await expire(topic, 0, 3n);
    expect(await lag(group, topic)).toEqual([0]);
  });

  it('leaves no lag behind the ends of transactions and what they aborted', async () => {
    const topic = await bench.topic(1);
    const group = freshName('group');
    const takesAll: BatchProcessor = {
      batchLimit: () => Promise.resolve(100),
      process: (records) => Promise.resolve({ done: records.length }),
      end: () => Promise.resolve(),
    };
    const failures: Error[] = [];
    const consumer = new GroupConsumer({
      driver: bench.driver,
      membership: { group, topics: [topic] },
      processors: new Map([[topic, () => takesAll]]),
      worker: { outageBackoff: {}, queue: { records: 100, bytes: 1_000_000 } },
      throttle: new Throttle(),
      onCommit: () => undefined,
      onFatal: (error) => void failures.push(error),
      observer: silentConsumerObserver,
      log: silentLog,
    });
    await consumer.start();
    try {
      for (const end of ['commit', 'abort', 'commit'] as const) {
        await transact(topic, ['a', 'b'], end);
        await eventually(async () => expect(await lag(group, topic)).toEqual([0]));
        const none = { topic, partition: 0, records: 0, seconds: 0 };
        await eventually(async () => expect(await consumer.lags()).toEqual([none]));
      }
    } finally {
      await consumer.stop();
    }
    expect((await bench.admin.committedOffsets(group, topic)).get(0)).toBe(9n);
    expect(failures).toEqual([]);
  });

  it('has no age while the oldest record is in an open transaction, and that of the next record when it was aborted', async () => {
    const topic = await bench.topic(1);
    const group = freshName('group');
    const place = { topic, partition: 0 };
    const reader = new LagReader(bench.driver, group, () => [place]);
    const transaction = await openTransaction(topic, ['a']);
    try {
      // For kafkajs a partition ends before an open transaction.
      const either = [
        { ...place, records: 1 },
        { ...place, records: 0, seconds: 0 },
      ];
      await eventually(async () => expect(either).toContainEqual((await reader.lags())[0]));
      await transaction.end('abort');
      await eventually(async () => expect(await reader.lags()).toEqual([{ ...place, records: 2, seconds: 0 }]));
      await bench.produce(topic, 0, ['b', 'c']);
      await expire(topic, 0, 3n);
      const [record] = await bench.read(topic, { from: { offset: 3n } });
      await eventually(async () => {
        const [found] = await reader.lags();
        expect(found).toMatchObject({ ...place, records: 1 });
        expect(found!.seconds! * 1_000).toBeLessThanOrEqual(Date.now() - record!.timestampMs);
      });
    } finally {
      await reader.close();
    }
  });

  it('passes the ends of transactions and what they aborted', async () => {
    const topic = await bench.topic(1);
    const { recorder } = await bench.join(freshName('group'), topic);
    await transact(topic, ['a', 'b'], 'commit');
    await eventually(() => expect([recorder.values, recorder.passed.get(0)]).toEqual([['a', 'b'], 3n]));
    await transact(topic, ['c'], 'abort');
    await eventually(() => expect(recorder.passed.get(0)).toBe(5n));
    await transact(topic, ['d'], 'commit');
    await eventually(() => expect(recorder.passed.get(0)).toBe(7n));
    expect(recorder.values).toEqual(['a', 'b', 'd']);
  });
}
