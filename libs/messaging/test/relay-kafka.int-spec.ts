import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thingTopic } from './contracts.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { inversionsOf, Things } from './things.ts';
import { headerOf, Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { eventually, freshName } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { withAdmin } from '@sluice/kafka';
import { OutboxRelay, type RelayOptions } from '../src/outbox/relay.ts';

Logger.overrideLogger(false);

const brokers = process.env.KAFKA_BROKERS ?? '';
const driver = kafkaDriver({ brokers: brokers.split(','), clientId: 'relay-spec' });

describe('OutboxRelay with a real broker', () => {
  const topic = { ...thingTopic, name: freshName('things'), partitions: 3 };
  let db: TestDatabase;
  let things: Things;
  let closing: (() => Promise<void>)[];

  beforeEach(async () => {
    closing = [];
    topic.name = freshName('things');
    await withAdmin(driver, (admin) => admin.createTopics([topic]));
    db = await testDatabase(24);
    things = await Things.create(db, topic);
  });
  afterEach(async () => {
    for (const close of closing) await close();
    await db[Symbol.asyncDispose]();
  });

  function relay(options: Partial<RelayOptions> = {}): OutboxRelay {
    const producer = new Producer(driver);
    const owner = freshName('relay');
    const made = new OutboxRelay(db.transactions, producer, things.outbox, { owner, standbyMs: 100, ...options });
    closing.push(
      () => made.stop(),
      () => producer.close(),
    );
    made.start();
    return made;
  }

  async function log() {
    const records = await readTopic(driver, topic.name);
    return records.map(({ key, headers }) => ({
      id: String(headerOf(headers, 'ce_id')),
      key: String(key),
      version: Number(String(headerOf(headers, 'ce_version'))),
    }));
  }

  it('misses nothing and inverts nothing: 16 writers, slow commits, 200 keys, two relays', async () => {
    const relays = [relay({ batchSize: 50 }), relay({ batchSize: 50 })];
    const writesEach = 100;
    const writer = async (seed: number) => {
      for (let n = 0; n < writesEach; n++) {
        await db.transactions.run(async (tx) => {
          await things.change(tx, `key-${(seed * 7919 + n * 31) % 200}`);
          // A slow commit, whose row becomes visible after rows with greater ids were sent.
          if ((seed + n) % 10 === 0) await pgClient(tx).query('select pg_sleep(0.03)');
        });
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, seed) => writer(seed)));
    await things.allSent();
    const records = await log();
    expect(new Set(records.map(({ id }) => id)).size).toBe(16 * writesEach);
    expect(records).toHaveLength(16 * writesEach);
    expect(inversionsOf(records)).toBe(0);
    expect(relays.filter(({ active }) => active)).toHaveLength(1);
  });

  it('takes over from a relay that was killed between publish and delete, and loses nothing', async () => {
    await things.changeAll(['a', 'b', 'a', 'c', 'a']);
    const execArgv = ['--experimental-transform-types', '--no-warnings', '--conditions=@sluice/source'];
    const doomed = fork(join(import.meta.dirname, 'relay-process.ts'), [db.url, brokers], { execArgv });
    const [message] = (await once(doomed, 'message')) as unknown[];
    expect(message).toBe('published');
    doomed.kill('SIGKILL');
    await once(doomed, 'exit');
    expect(await things.unsent()).toBe(5);

    relay();
    await things.allSent();
    const records = await log();
    expect(new Set(records.map(({ id }) => id)).size).toBe(5);
    expect(records).toHaveLength(5 + 3);
    expect(inversionsOf(records)).toBe(0);
  });

  it('gives up a record that is larger than the broker takes, and sends all others', async () => {
    await things.changeAll(['big', 'a', 'big', 'b']);
    await db.pool.query(`update outbox set payload = repeat('x', 2000000) where key = 'big' and version = 1`);
    const one = relay({ maxAttempts: 2, initialBackoffMs: 50 });
    await expect.poll(() => one.backlog(), { timeout: 15_000 }).toMatchObject({ pending: 1, dead: 1 });
    const keys = new Set((await log()).map(({ key }) => key));
    expect(keys).toEqual(new Set(['a', 'b']));
  });

  it('keeps what belongs to a topic that does not exist, sends all others, and that too once the topic is there', async () => {
    await things.changeAll(['a', 'lost', 'b']);
    const nowhere = { ...topic, name: freshName('nowhere') };
    await db.pool.query(`update outbox set topic = $1 where key = 'lost'`, [nowhere.name]);
    const one = relay({ maxAttempts: 2, initialBackoffMs: 50 });
    await eventually(() => expect(one.refusing).toMatchObject([{ topic: nowhere.name }]));
    await expect.poll(() => one.backlog(), { timeout: 15_000 }).toMatchObject({ pending: 1, dead: 0 });
    expect((await log()).map(({ key }) => key).toSorted()).toEqual(['a', 'b']);
    await withAdmin(driver, (admin) => admin.createTopics([nowhere]));
    await things.allSent();
    expect((await readTopic(driver, nowhere.name)).map(({ key }) => String(key))).toEqual(['lost']);
    expect(one.refusing).toEqual([]);
  });
});
