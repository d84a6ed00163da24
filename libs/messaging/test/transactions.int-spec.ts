import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase, type TestDatabase } from './database.ts';
import { OutcomeUnknown } from '@sluice/core';
import type { Transaction } from '../src/transaction.ts';
import { afterCommit, pgClient, savepoint } from '../src/postgres/postgres-transactions.ts';

// These tests provoke errors on purpose.
Logger.overrideLogger(false);

describe('PostgresTransactions', () => {
  let db: TestDatabase;

  beforeAll(async () => {
    db = await testDatabase(2);
    await db.pool.query('create table notes (text text primary key)');
  });
  afterAll(() => db[Symbol.asyncDispose]());
  beforeEach(() => db.pool.query('truncate notes'));

  const write = (tx: Transaction, text: string) => pgClient(tx).query('insert into notes values ($1)', [text]);
  const written = async () => (await db.pool.query<{ text: string }>('select text from notes order by 1')).rows;
  const allBack = () => expect(db.pool.idleCount).toBe(db.pool.totalCount);

  it('commits and passes the result on', async () => {
    const result = await db.transactions.run(async (tx) => {
      await write(tx, 'a');
      return 7;
    });
    expect(result).toBe(7);
    expect(await written()).toEqual([{ text: 'a' }]);
    allBack();
  });

  it('rolls back and passes the error on', async () => {
    const failure = new Error('no');
    const attempt = db.transactions.run(async (tx) => {
      await write(tx, 'a');
      throw failure;
    });
    await expect(attempt).rejects.toBe(failure);
    expect(await written()).toEqual([]);
    allBack();
  });

  it('fails when the work swallowed the error of a statement, instead of committing nothing in silence', async () => {
    const attempt = db.transactions.run(async (tx) => {
      await write(tx, 'a');
      await write(tx, 'a').catch(() => undefined);
    });
    await expect(attempt).rejects.toThrow('rolled back');
    expect(await written()).toEqual([]);
  });

  it('throws a broken connection away, survives its error event, and goes on with another', async () => {
    const attempt = db.transactions.run(async (tx) => {
      const client = pgClient(tx);
      const gone = new Promise((resolve) => client.once('error', resolve));
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      await db.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
      await gone;
      await write(tx, 'a');
    });
    await expect(attempt).rejects.toThrow();
    await db.transactions.run((tx) => write(tx, 'b'));
    expect(await written()).toEqual([{ text: 'b' }]);
    allBack();
  });

  it('says that the outcome is unknown when the connection breaks during COMMIT', async () => {
    // A deferred trigger keeps COMMIT busy until its connection is cut.
    await db.pool.query(`
      create table slow (id int);
      create function dawdle() returns trigger language plpgsql as 'begin perform pg_sleep(20); return null; end';
      create constraint trigger dawdle after insert on slow deferrable initially deferred
        for each row execute function dawdle()`);
    const cut = async () => {
      const { rows } = await db.pool.query<{ done: boolean }>(
        `select pg_terminate_backend(pid) as done from pg_stat_activity
         where datname = current_database() and wait_event = 'PgSleep'`,
      );
      expect(rows).toHaveLength(1);
    };
    const attempt = db.transactions.run((tx) => pgClient(tx).query('insert into slow values (1)'));
    await Promise.all([expect(attempt).rejects.toThrow(OutcomeUnknown), vi.waitFor(cut, { timeout: 10_000 })]);
    allBack();
  });

  it('refuses a transaction that is over', async () => {
    let leaked: Transaction | undefined;
    await db.transactions.run(async (tx) => void (leaked = tx));
    expect(() => pgClient(leaked as Transaction)).toThrow('over');
    expect(() => pgClient({} as Transaction)).toThrow(TypeError);
  });

  describe('afterCommit', () => {
    it('runs when the rows can be seen', async () => {
      const seen = new Promise((resolve, reject) => {
        const look = () => void written().then(resolve, reject);
        db.transactions.run(async (tx) => (afterCommit(tx, look), write(tx, 'a'))).catch(reject);
      });
      expect(await seen).toEqual([{ text: 'a' }]);
    });

    it('does not run after a rollback, also when only COMMIT fails', async () => {
      const ran: string[] = [];
      await db.pool.query('create table late (id int unique deferrable initially deferred)');
      await db.transactions
        .run(async (tx) => {
          afterCommit(tx, () => ran.push('thrown'));
          throw new Error('no');
        })
        .catch(() => undefined);
      const attempt = db.transactions.run(async (tx) => {
        afterCommit(tx, () => ran.push('commit failed'));
        await pgClient(tx).query('insert into late values (1), (1)');
      });
      await expect(attempt).rejects.toMatchObject({ code: '23505' });
      expect(ran).toEqual([]);
      allBack();
    });

    it('cannot make what is committed fail', async () => {
      const failing = () => {
        throw new Error('listener');
      };
      await expect(db.transactions.run(async (tx) => (afterCommit(tx, failing), 1))).resolves.toBe(1);
    });
  });

  describe('savepoint', () => {
    it('undoes only its own work and forgets its callbacks', async () => {
      const ran: string[] = [];
      await db.transactions.run(async (tx) => {
        await write(tx, 'a');
        const inner = savepoint(tx, async () => {
          afterCommit(tx, () => ran.push('inner'));
          await savepoint(tx, () => write(tx, 'b'));
          await write(tx, 'a');
        });
        await expect(inner).rejects.toMatchObject({ code: '23505' });
        afterCommit(tx, () => ran.push('outer'));
        await savepoint(tx, () => write(tx, 'c'));
      });
      expect(await written()).toEqual([{ text: 'a' }, { text: 'c' }]);
      expect(ran).toEqual(['outer']);
    });

    it('passes the first error on when the connection broke, and the transaction is lost', async () => {
      const failure = new Error('first');
      const attempt = db.transactions.run(async (tx) => {
        await write(tx, 'a');
        await savepoint(tx, async () => {
          const { rows } = await pgClient(tx).query<{ pid: number }>('select pg_backend_pid() as pid');
          await db.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
          throw failure;
        });
      });
      await expect(attempt).rejects.toBe(failure);
      expect(await written()).toEqual([]);
      allBack();
    });
  });
});
