import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { thingTopic } from './contracts.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import { MemoryLog } from './memory-log.ts';
import { inversionsOf, Things } from './things.ts';
import { Outbox } from '../src/outbox/outbox.ts';
import { OutboxRelay, type BatchSender } from '../src/outbox/relay.ts';

Logger.overrideLogger(false);

const shards = 4;
const keys = Array.from({ length: 40 }, (_, n) => `key-${n}`);

describe('an outbox in shards', () => {
  let db: TestDatabase;
  let things: Things;
  let log: MemoryLog;
  let relays: OutboxRelay[];

  beforeEach(async () => {
    db = await testDatabase(20);
    things = await Things.create(db, thingTopic, new Outbox('thing', { shards }));
    log = new MemoryLog();
    relays = [];
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await db[Symbol.asyncDispose]();
  });

  function relay(sender: BatchSender = log): OutboxRelay {
    const options = { owner: randomUUID(), pollMs: 50, standbyMs: 50, initialBackoffMs: 20, batchSize: 7 };
    const made = new OutboxRelay(db.transactions, sender, things.outbox, options);
    relays.push(made);
    made.start();
    return made;
  }

  const owners = async () => {
    const { rows } = await db.pool.query<{ owner: string }>('select owner from outbox_lease order by shard');
    return rows.map(({ owner }) => owner);
  };

  it('keeps every key in order, whoever publishes', async () => {
    const [first] = [relay(), relay()];
    for (let n = 0; n < 5; n++) await things.changeAll(keys);
    await things.allSent();
    await vi.waitFor(async () => expect(await owners()).toHaveLength(shards), { timeout: 15_000 });
    // The other relay takes over what the first had.
    await first?.stop();
    for (let n = 0; n < 5; n++) await things.changeAll(keys);
    await things.allSent();

    const sent = log.records.map(({ key, headers }) => {
      return { key, id: headers.ce_id ?? '', version: Number(headers.ce_version) };
    });
    expect(sent).toHaveLength(10 * keys.length);
    expect(inversionsOf(sent)).toBe(0);
    expect(new Set(await owners()).size).toBe(1);
  });

  it('puts every key into one of them, and uses all', async () => {
    for (let n = 0; n < 3; n++) await things.changeAll(keys);
    const homes = 'select key, count(distinct shard)::integer as shards from outbox group by key';
    const { rows } = await db.pool.query<{ shards: number }>(homes);
    expect(rows.map((row) => row.shards)).toEqual(keys.map(() => 1));
    expect(await unsentShards()).toEqual([0, 1, 2, 3]);
  });

  it('goes on with the other shards while one hangs', async () => {
    const hung = await shardOf('key-0');
    let release = (): void => undefined;
    const hanging = new Promise<void>((resolve) => (release = resolve));
    relay({
      async sendBatch(records) {
        if (records.some(({ key }) => key === 'key-0')) await hanging;
        await log.sendBatch(records);
      },
    });
    await things.changeAll(keys);
    await vi.waitFor(async () => expect(await unsentShards()).toEqual([hung]), { timeout: 15_000 });
    expect((await relays[0]?.backlog())?.pending).toBe(await things.unsent());
    release();
    await things.allSent();
    expect(await relays[0]?.backlog()).toEqual({ pending: 0, oldestAgeSeconds: 0, dead: 0 });
  });

  async function unsentShards(): Promise<number[]> {
    const text = 'select distinct shard from outbox order by shard';
    return (await db.pool.query<{ shard: number }>(text)).rows.map(({ shard }) => shard);
  }

  /** As the database has it, from a change that is sent before anything else. */
  async function shardOf(key: string): Promise<number> {
    await things.changeAll([key]);
    const [shard = -1] = await unsentShards();
    await db.pool.query('delete from outbox');
    return shard;
  }
});
