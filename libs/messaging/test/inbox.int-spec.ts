import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from './database.ts';
import { Inbox } from '../src/inbox/inbox.ts';
import { sweepInbox } from '../src/inbox/retention.ts';

describe('Inbox', () => {
  const inbox = new Inbox();
  let db: TestDatabase;

  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db[Symbol.asyncDispose]());

  const claim = (group: string, ids: string[]) => db.transactions.run((tx) => inbox.recordNew(tx, group, ids));
  const known = (group: string, ids: string[]) => db.transactions.run((tx) => inbox.known(tx, group, ids));

  it('claims each message once per group', async () => {
    const [a, b, c] = [uuidv7(), uuidv7(), uuidv7()];
    expect(await claim('one', [b, a, b])).toEqual(new Set([a, b]));
    expect(await claim('one', [a, c])).toEqual(new Set([c]));
    expect(await claim('two', [a])).toEqual(new Set([a]));
    expect(await known('two', [a, b])).toEqual(new Set([a]));
    expect(await claim('one', [])).toEqual(new Set());
  });

  it('forgets a claim that was rolled back', async () => {
    const id = uuidv7();
    const attempt = db.transactions.run(async (tx) => {
      await inbox.recordNew(tx, 'one', [id]);
      throw new Error('effect failed');
    });
    await expect(attempt).rejects.toThrow('effect failed');
    expect(await known('one', [id])).toEqual(new Set());
    expect(await claim('one', [id])).toEqual(new Set([id]));
  });

  it('makes the second of two concurrent claims wait for the first and find nothing new', async () => {
    const ids = [uuidv7(), uuidv7()];
    const winners = await Promise.all([claim('race', ids), claim('race', ids.toReversed()), claim('race', ids)]);
    expect(winners.map((won) => won.size).toSorted()).toEqual([0, 0, 2]);
  });

  it('sweeps in batches what is older than the retention, of its group only', async () => {
    const hourMs = 3_600_000;
    const old = Array.from({ length: 5 }, () => uuidv7({ msecs: Date.now() - 2 * hourMs }));
    const replayedLate = uuidv7({ msecs: Date.now() - 2 * hourMs });
    const young = uuidv7();
    await claim('swept', [...old, replayedLate, young]);
    await claim('other', old);
    await db.pool.query(`update inbox set received_at = now() - interval '2 hours' where message_id = any($1)`, [old]);

    expect(await sweepInbox(db.transactions, 'swept', hourMs, 3)).toBe(true);
    expect(await sweepInbox(db.transactions, 'swept', hourMs, 3)).toBe(false);
    expect(await known('swept', [...old, replayedLate, young])).toEqual(new Set([replayedLate, young]));
    expect(await known('other', old)).toEqual(new Set(old));
  });
});
