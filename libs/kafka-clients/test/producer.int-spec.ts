import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readTopic, silentObserver } from '@sluice/kafka/testing';
import { kafkaDriver } from '../src/index.ts';
import { freshName } from '@sluice/core/testing';
import { Producer, type ProducerOptions } from '@sluice/kafka';

const brokers = process.env.KAFKA_BROKERS ?? '';
const driver = kafkaDriver({ brokers: brokers.split(','), clientId: 'producer-spec' });

describe('Producer with a real broker', () => {
  const open: Producer[] = [];
  let topic: string;

  beforeEach(async () => {
    topic = freshName('produced');
    const admin = await driver.admin();
    await admin.createTopics([{ name: topic, partitions: 3 }]).finally(() => admin.close());
  });
  afterAll(async () => {
    for (const producer of open) await producer.close();
  });

  function start(options: ProducerOptions = {}): Producer {
    const producer = new Producer(driver, options);
    open.push(producer);
    return producer;
  }

  async function values(): Promise<string[]> {
    const records = await readTopic(driver, topic);
    return records.map(({ partition, value }) => `${partition}:${String(value)}`);
  }

  it('refuses a partition that the topic has not, and delivers its neighbours', async () => {
    const producer = start();
    const record = (value: string, partition: number) => ({ topic, key: null, value, partition });
    const results = await Promise.allSettled(
      [record('a', 0), record('b', 3), record('c', 2)].map((one) => producer.send(one)),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: { kind: 'invalid', code: 'no-such-partition' } });
    expect(await values()).toEqual(['0:a', '2:c']);
  });

  it('refuses a topic that does not exist, and serves the others meanwhile', async () => {
    const producer = start();
    const lost = producer.send({ topic: freshName('nowhere'), key: null, value: 'x' });
    const found = producer.send({ topic, key: null, value: 'y', partition: 1 });
    await expect(lost).rejects.toMatchObject({ kind: 'invalid' });
    await expect(found).resolves.toMatchObject({ partition: 1, offset: 0n });
  });

  it('writes 2,000 enqueued records in order, in a few requests, with a buffer for 50 of them', async () => {
    let requests = 0;
    const observer = { ...silentObserver, request: () => (requests += 1) };
    const producer = start({ bufferMemory: 50 * 50, lingerMs: 5, observer });
    const sent = Array.from({ length: 2_000 }, (_, n) => String(n));
    await Promise.all(sent.map((value) => producer.enqueue({ topic, key: 'k', value })));
    await producer.flush();
    expect(producer.bufferedBytes).toBe(0);
    expect((await values()).map((value) => value.slice(2))).toEqual(sent);
    expect(requests).toBeLessThan(200);
  });
});
