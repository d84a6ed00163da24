import { Logger } from '@nestjs/common';
import { Producer, withAdmin } from '@sluice/kafka';
import { kafkaDriver, type DriverOptions } from '@sluice/kafka-clients';
import { eventually, freshName } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outbox } from '../src/outbox/outbox.ts';
import { OutboxRelay } from '../src/outbox/relay.ts';
import { thingTopic } from './contracts.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { Things } from './things.ts';
import { configureTopic } from './topic-config.ts';

Logger.overrideLogger(false);

const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',');
const clients: DriverOptions['client'][] = ['kafkajs', 'platformatic'];

describe.each(clients)('a relay whose events the broker refuses (%s)', (client) => {
  const driver = kafkaDriver({ brokers, clientId: 'refusals-spec', client });
  const outbox = new Outbox('thing');
  let db: TestDatabase;
  let topic: typeof thingTopic;
  let things: Things;
  let closing: (() => Promise<void>)[];

  beforeEach(async () => {
    closing = [];
    topic = { ...thingTopic, name: freshName('things'), partitions: 1 };
    await withAdmin(driver, (admin) => admin.createTopics([topic]));
    db = await testDatabase();
    things = await Things.create(db, topic, outbox);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    for (const close of closing) await close();
    await db[Symbol.asyncDispose]();
  });

  function relay(): OutboxRelay {
    const producer = new Producer(driver);
    const options = { owner: freshName('relay'), pollMs: 20, maxAttempts: 3, initialBackoffMs: 10 };
    const made = new OutboxRelay(db.transactions, producer, outbox, options);
    closing.push(
      () => made.stop(),
      () => producer.close(),
    );
    made.start();
    return made;
  }

  const sent = async (): Promise<string[]> => {
    const records = await readTopic(driver, topic.name);
    return records.map(({ key, headers }) => `${String(key)}${String(new Map(headers).get('ce_version'))}`);
  };
  const enlarge = (key: string, version: number, characters: number) =>
    db.pool.query(`update outbox set payload = repeat('x', $3) where key = $1 and version = $2`, [
      key,
      version,
      characters,
    ]);

  it('keeps them while the clock is wrong, with the reason, and they go out when it is right', async () => {
    const now = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => now() + 2 * 3_600_000);
    const one = relay();
    await things.changeAll(['a', 'b', 'a']);
    // Longer than it takes to give up a record that is at fault itself.
    await eventually(() => expect(one.refusing[0]?.misses).toBeGreaterThan(4));
    expect(one.refusing).toMatchObject([
      { topic: topic.name, reason: expect.stringContaining('INVALID_TIMESTAMP') as string },
    ]);
    expect(one.refusing[0]?.reason).toMatch(/timestamp .*(out of|range)/i);
    expect(await one.backlog()).toMatchObject({ pending: 3, dead: 0 });
    // By the wrong clock it would be two hours.
    expect(one.unsentMs).toBeLessThan(3_600_000);
    vi.restoreAllMocks();
    await things.allSent();
    expect(await sent()).toEqual(['a1', 'b1', 'a2']);
    expect(one.refusing).toEqual([]);
  });

  it('keeps them while the topic takes nothing of any size, and goes on with other topics', async () => {
    await configureTopic(topic.name, { 'max.message.bytes': '10' });
    const other = { ...topic, name: freshName('things') };
    await withAdmin(driver, (admin) => admin.createTopics([other]));
    const one = relay();
    await things.changeAll(['a', 'b', 'c', 'elsewhere']);
    await db.pool.query(`update outbox set topic = $1 where key = 'elsewhere'`, [other.name]);
    await eventually(() => expect(one.refusing[0]?.misses).toBeGreaterThan(4));
    expect(await one.backlog()).toMatchObject({ pending: 3, dead: 0 });
    expect((await readTopic(driver, other.name)).map(({ key }) => String(key))).toContain('elsewhere');
    await configureTopic(topic.name, { 'max.message.bytes': '1000000' });
    await things.allSent();
    expect((await sent()).toSorted()).toEqual(['a1', 'b1', 'c1']);
  });

  it('gives up the one that is at fault, and with it only its key; what was good is written once', async () => {
    await things.changeAll(['a', 'bad', 'b', 'bad', 'c', 'bad']);
    await configureTopic(topic.name, { 'max.message.bytes': '5000' });
    await enlarge('bad', 2, 20_000);
    const one = relay();
    await eventually(async () => expect(await one.backlog()).toMatchObject({ pending: 1, dead: 1 }));
    expect(await sent()).toEqual(['a1', 'bad1', 'b1', 'c1']);
    const { rows } = await db.pool.query(
      'select key, version, dead_reason as reason from outbox where dead_at is not null',
    );
    expect(rows).toEqual([{ key: 'bad', version: 2, reason: expect.stringContaining('MESSAGE_TOO_LARGE') as string }]);
    await things.changeAll(['a']);
    await eventually(async () => expect(await sent()).toContain('a2'));
  });

  it('does not give up a record before another one of its topic was taken after the refusal', async () => {
    await configureTopic(topic.name, { 'max.message.bytes': '5000' });
    await things.changeAll(['large']);
    await enlarge('large', 1, 20_000);
    const one = relay();
    await eventually(() => expect(one.refusing[0]?.misses).toBeGreaterThan(4));
    expect(await one.backlog()).toMatchObject({ pending: 1, dead: 0 });
    await things.changeAll(['small']);
    await eventually(async () => expect(await one.backlog()).toMatchObject({ pending: 0, dead: 1 }));
    expect(await sent()).toEqual(['small1']);
  });
});
