import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AdminConnection, ConsumerConnection, IncomingRecord, TopicPartition } from '../src/drivers/index.ts';
import { kafkaDriver } from '../src/drivers/index.ts';
import { eventually, freshName, TopicProbe } from '../src/testing/index.ts';

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
const driver = kafkaDriver({ brokers, clientId: 'driver-spec' });

class Recorder {
  readonly records: IncomingRecord[] = [];
  assigned: TopicPartition[] = [];
  epoch = 0;
  readonly onRecords = (_: TopicPartition, records: IncomingRecord[]): void => void this.records.push(...records);
  readonly onAssigned = (partitions: TopicPartition[], epoch: number): void => {
    this.assigned = partitions;
    this.epoch = epoch;
  };
  readonly onCrash = (error: Error): void => {
    throw error;
  };
}

describe('the Kafka driver', () => {
  let admin: AdminConnection;
  const open: { stop(): Promise<void> }[] = [];

  beforeAll(async () => {
    admin = await driver.admin();
  });
  afterEach(async () => {
    for (const consumer of open.splice(0)) await consumer.stop();
  });
  afterAll(() => admin.close());

  async function topic(partitions: number): Promise<string> {
    const name = freshName('driver');
    await admin.createTopics([{ name, partitions }]);
    return name;
  }

  async function produce(name: string, partition: number, values: string[]): Promise<bigint[]> {
    const producer = await driver.producer();
    try {
      const records = values.map((value) => ({ topic: name, partition, key: 'k', value, headers: { a: value } }));
      return (await producer.sendBatch(records)).map(({ offset }) => offset);
    } finally {
      await producer.close();
    }
  }

  function member(group: string, name: string): [ConsumerConnection, Recorder] {
    const consumer = driver.consumer({ group, topics: [name], sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300 });
    open.push(consumer);
    return [consumer, new Recorder()];
  }

  it('creates topics idempotently and tells their partitions', async () => {
    const name = await topic(3);
    await admin.createTopics([
      { name, partitions: 3 },
      { name: `${name}.dlq`, partitions: 1 },
    ]);
    expect(await admin.partitionCount(name)).toBe(3);
    expect(await admin.partitionCount(`${name}.dlq`)).toBe(1);
    await expect(admin.partitionCount(freshName('none'))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('answers offsets in the order of the records, across partitions', async () => {
    const name = await topic(2);
    const producer = await driver.producer();
    const records = [0, 1, 0, 1, 1].map((partition) => ({ topic: name, partition, key: null, value: 'v' }));
    const written = await producer.sendBatch(records);
    await producer.close();
    expect(written.map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0n],
      [1, 0n],
      [0, 1n],
      [1, 1n],
      [1, 2n],
    ]);
  });

  it('refuses a second batch while one is under way', async () => {
    const name = await topic(1);
    const producer = await driver.producer();
    const record = { topic: name, partition: 0, key: null, value: 'v' };
    const first = producer.sendBatch([record]);
    await expect(producer.sendBatch([record])).rejects.toThrow('under way');
    await first;
    await producer.close();
  });

  it('hands over what was produced before the group existed, with headers', async () => {
    const name = await topic(1);
    await produce(name, 0, ['a', 'b']);
    const probe = await TopicProbe.open(driver, name);
    const records = await probe.all();
    await probe.close();
    expect(records.map(({ value, headers, offset }) => [String(value), String(headers['a']), offset])).toEqual([
      ['a', 'a', 0n],
      ['b', 'b', 1n],
    ]);
  });

  it('commits an initial offset for every partition before start resolves', async () => {
    const name = await topic(3);
    await produce(name, 1, ['a']);
    const group = freshName('group');
    const [consumer, recorder] = member(group, name);
    await consumer.start(recorder);
    expect(await admin.committedOffsets(group, name)).toEqual(new Map([0, 1, 2].map((p) => [p, 0n])));
  });

  it('delivers from the committed offset on, not from the last position', async () => {
    const name = await topic(1);
    const group = freshName('group');
    await produce(name, 0, ['a', 'b', 'c']);
    const [first, seen] = member(group, name);
    await first.start(seen);
    await eventually(() => expect(seen.records).toHaveLength(3));
    expect(await first.commit([{ topic: name, partition: 0, offset: 1n }], seen.epoch)).toBe(true);
    await first.stop();

    const [second, again] = member(group, name);
    await second.start(again);
    await eventually(() => expect(again.records.map(({ offset }) => offset)).toEqual([1n, 2n]));
  });

  it('hands nothing over while paused, goes on where it was, and stays a member', async () => {
    const name = await topic(1);
    const [consumer, recorder] = member(freshName('group'), name);
    await consumer.start(recorder);
    const partition = { topic: name, partition: 0 };
    consumer.pause([partition]);
    await produce(name, 0, ['a', 'b']);
    const { epoch } = recorder;
    // Heartbeats go on though every partition is paused: several intervals pass and the coordinator keeps answering.
    const started = Date.now();
    await eventually(() => expect(Date.now() - started).toBeGreaterThan(1_500));
    expect(consumer.idleMs()).toBeLessThan(1_000);
    expect(recorder.records).toEqual([]);
    consumer.resume([partition]);
    await eventually(() => expect(recorder.records).toHaveLength(2));
    expect(recorder.epoch).toBe(epoch);
  });

  it('shares partitions with a second member and refuses commits of an older epoch', async () => {
    const name = await topic(4);
    const group = freshName('group');
    const [first, one] = member(group, name);
    await first.start(one);
    const before = one.epoch;
    const [second, two] = member(group, name);
    await second.start(two);
    await eventually(() => {
      expect(one.assigned).toHaveLength(2);
      expect(two.assigned).toHaveLength(2);
    });
    const owned = [...one.assigned, ...two.assigned].map(({ partition }) => partition).sort();
    expect(owned).toEqual([0, 1, 2, 3]);
    expect(await first.commit([{ topic: name, partition: 0, offset: 0n }], before)).toBe(false);

    for (const partition of owned) await produce(name, partition, ['x']);
    await eventually(() => expect(one.records.length + two.records.length).toBe(4));
    await second.stop();
    await eventually(() => expect(one.assigned).toHaveLength(4));
  });

  it("keeps kafkajs's idle timer from firing", async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    try {
      const name = await topic(1);
      await produce(name, 0, ['a']);
    } finally {
      process.off('warning', note);
    }
    expect(warnings).not.toContain('TimeoutNegativeWarning');
  });

  it('rejects within its bounds when no broker answers', async () => {
    const away = kafkaDriver({ brokers: ['127.0.0.1:1'], clientId: 'away', connectTimeoutMs: 500 });
    await expect(away.producer()).rejects.toThrow();
    await expect(away.admin()).rejects.toThrow();
    const consumer = away.consumer({ group: 'nobody', topics: ['none'] });
    await expect(consumer.start(new Recorder())).rejects.toThrow();
    await consumer.stop();
  });
});
