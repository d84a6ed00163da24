import { expect, it } from 'vitest';
import { eventually, freshName } from '@sluice/core/testing';
import { allOf, DriverBench, type DriverEnvironment } from '@sluice/kafka/testing/conformance';
import { damageBatches, damages } from './damage.ts';

/** What is done with batches that only a real broker can have. */
export function unreadableSuite(environment: DriverEnvironment): void {
  const bench = new DriverBench(environment);
  const damageBatch = damageBatches();

  const send = (topic: string, partition: number, value: string) =>
    bench.send([{ topic, partition, key: null, value }]);

  /** A topic with a good batch, one to be damaged, and a good one in partition 0. */
  async function topicWith(value: string): Promise<string> {
    const topic = await bench.topic(2);
    for (const each of ['a', value, 'c']) await send(topic, 0, each);
    return topic;
  }

  it.each(damages)(
    'waits at a batch %s, goes on with other partitions, and with it when it is whole',
    async (...one) => {
      const [, damage, known] = one;
      const value = freshName('damaged');
      const damaging = damageBatch(value, damage);
      const topic = await topicWith(value);
      const { member, recorder } = await bench.join(freshName('group'), topic);
      await eventually(() => expect(recorder.unreadable.length).toBeGreaterThan(0));
      expect(recorder.unreadable[0]).toMatchObject({ topic, partition: 0, offset: 1n, ...known });
      expect(recorder.values).toEqual(['a']);
      for (const other of ['x', 'y']) {
        await send(topic, 1, other);
        await eventually(() => expect(recorder.values).toContain(other));
      }
      const found = [{ topic, partition: 0, offset: 1n }];
      await eventually(async () => expect(await member.commit(found, recorder.epoch)).toBe(true));
      damaging.end();
      await eventually(() => expect(recorder.values).toEqual(['a', 'x', 'y', value, 'c']), { timeoutMs: 20_000 });
      expect(recorder.crashes).toEqual([]);
    },
  );

  it('asks for it seldom, and leaves it out on request', async () => {
    const value = freshName('damaged');
    const [, damage] = damages[0]!;
    damageBatch(value, damage);
    const topic = await topicWith(value);
    const { member, recorder } = await bench.join(freshName('group'), topic);
    const began = performance.now();
    await eventually(() => expect(recorder.unreadable.length).toBeGreaterThan(2), { timeoutMs: 20_000 });
    // Half a second at least before the second attempt is doubled before the third.
    expect(performance.now() - began).toBeGreaterThan(700);
    member.pause([{ topic, partition: 0 }]);
    member.resume([{ topic, partition: 0 }]);
    member.seek({ topic, partition: 1, offset: 7n });
    member.seek({ topic, partition: 0, offset: recorder.unreadable[0]!.next });
    await eventually(() => expect(recorder.values).toEqual(['a', 'c']));
    await send(topic, 1, 'x');
    await eventually(() => expect(recorder.values).toEqual(['a', 'c', 'x']));
  });

  it('ends a reading without a group there, after what comes before', async () => {
    const value = freshName('damaged');
    const [, damage] = damages[0]!;
    damageBatch(value, damage);
    const topic = await topicWith(value);
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const record of bench.driver.read({ topic, partitions: [0], until: 'latest' })) {
        seen.push(String(record.value));
      }
    };
    const expected = {
      kind: 'invalid',
      code: 'unreadable-batch',
      message: expect.stringContaining(`${topic}/0`) as string,
    };
    await expect(reading()).rejects.toMatchObject(expected);
    expect(seen).toEqual(['a']);
    const behind = bench.driver.read({ topic, partitions: [0], from: { offset: 2n }, until: 'latest' });
    expect((await allOf(behind)).map((record) => String(record.value))).toEqual(['c']);
  });
}
