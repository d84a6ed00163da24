import { describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { fakeProducers } from '../../test/fake-kafka.ts';
import { partitionOf } from './partitioner.ts';

/** Keys of this partition in a topic with N partitions. */
function keyFor(partition: number, partitions: number): string {
  for (let i = 0; ; i += 1) if (partitionOf(`k${i}`, partitions) === partition) return `k${i}`;
}

describe('a producer whose topic shrinks', () => {
  const start = fakeProducers();

  it('sends what was not written to other partitions, in order, and nothing else again', async () => {
    const [producer, kafka] = start();
    const [first, last] = [keyFor(0, 3), keyFor(2, 3)];
    const send = (key: string, value: string) => producer.send({ topic: 't', key, value });
    const sent = [send(first, 'a'), send(last, 'b'), send(last, 'c')];
    const request = await kafka.next();
    expect(request.values).toEqual(['a', 'b', 'c']);
    sent.push(send(last, 'd'), send(first, 'e'));
    kafka.partitions = 1;
    request.succeedInPart(1);
    await sent[0];
    const again = await eventually(() => kafka.next());
    expect([again.values, again.partitions]).toEqual([
      ['b', 'c', 'd', 'e'],
      [0, 0, 0, 0],
    ]);
    expect(again.connection).toBe(1);
    again.succeed();
    await Promise.all(sent);
  });

  it('lets nothing of a key overtake what is in flight', async () => {
    const [producer, kafka] = start();
    kafka.driver.metadataMaxAgeMs = 20;
    const key = keyFor(2, 3);
    const send = (value: string) => producer.send({ topic: 't', key, value });
    const sent = [send('a')];
    const request = await kafka.next();
    kafka.partitions = 1;
    // The count is read again while the request is in flight, so this one goes to a partition that exists.
    await eventually(() => {
      sent.push(send('older'));
      expect(kafka.counted).toBeGreaterThan(1);
    });
    sent.push(send('newest'));
    request.succeedInPart(1);
    const again = await eventually(() => kafka.next());
    expect(again.values[0]).toBe('a');
    expect(again.values.at(-1)).toBe('newest');
    expect(new Set(again.partitions)).toEqual(new Set([0]));
    again.succeed();
    await Promise.all(sent);
  });

  it('rejects what its caller wanted in a partition that is gone', async () => {
    const [producer, kafka] = start();
    const sending = producer.send({ topic: 't', key: null, value: 'a', partition: 2 });
    const request = await kafka.next();
    kafka.partitions = 1;
    request.succeedInPart(1);
    await expect(sending).rejects.toMatchObject({ kind: 'invalid', code: 'no-such-partition' });
  });

  it('keeps records of a topic that is gone until it exists, and asks for it', async () => {
    const missing: string[] = [];
    const [producer, kafka] = start({ onMissingTopic: (topic) => void missing.push(topic) });
    const sending = producer.send({ topic: 't', key: 'k', value: 'a' });
    const request = await kafka.next();
    kafka.isThere = false;
    request.succeedInPart(0);
    await eventually(() => expect(missing).toEqual(['t']));
    kafka.isThere = true;
    const again = await eventually(() => kafka.next());
    expect(again.values).toEqual(['a']);
    again.succeed();
    await sending;
  });

  it('counts the partitions again when a request has failed', async () => {
    const [producer, kafka] = start();
    const sending = producer.send({ topic: 't', key: 'k', value: 'a' });
    const request = await kafka.next();
    const { counted } = kafka;
    request.fail();
    await expect(sending).rejects.toMatchObject({ code: 'not-acknowledged' });
    // A request has failed, so the partitions may be other ones.
    const next = producer.send({ topic: 't', key: 'k', value: 'b' });
    (await kafka.next()).succeed();
    await next;
    await eventually(() => expect(kafka.counted).toBeGreaterThan(counted));
  });
});
