import { randomUUID } from 'node:crypto';
import { isUnavailable, kindOf } from '@sluice/core';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from './database.ts';
import { classify } from '../src/processing/classify.ts';
import { pgClient, PostgresTransactions } from '../src/postgres/postgres-transactions.ts';
import { Session } from '../src/postgres/session.ts';

const rejectionOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it was to fail'),
    (error: unknown) => error,
  );

const unanswered = { text: 'select pg_sleep(30)', query_timeout: 200 };

describe('the sessions of PostgresTransactions', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await testDatabase(3);
    await db.pool.query('create table notes (n int)');
  });
  afterEach(() => db[Symbol.asyncDispose]());

  /** Opens all sessions that the pool may have, such that they are idle afterwards. */
  async function fill(statement: string | pg.QueryConfig): Promise<void> {
    const sessions = await Promise.all([1, 2, 3].map(() => db.pool.connect()));
    for (const session of sessions) {
      await session.query(statement);
      session.release();
    }
  }
  const name = (): string => new URL(db.url).pathname.slice(1);
  const write = () => db.transactions.run((tx) => pgClient(tx).query('insert into notes values (1)'));
  const written = async () => (await db.pool.query('select n from notes')).rows.length;

  it('need a pool that is made of them', () => {
    expect(() => new PostgresTransactions(new pg.Pool())).toThrow('Client: Session');
  });

  it('may break as soon as the pool hands them out, before it has a listener', async () => {
    const session = await db.pool.connect();
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid');
    const ended = new Promise((resolve) => session.once('end', resolve));
    await db.pool.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
    await ended;
    session.release();
    await write();
    expect(db.pool.totalCount).toBe(1);
  });

  it('end with a statement that is not answered, and no statement waits for them', async () => {
    const attempt = rejectionOf(db.transactions.run((tx) => pgClient(tx).query(unanswered)));
    // Were the rollback sent, it would wait behind the statement.
    const other = db.pool.query('select pg_sleep(2.5)').then(() => 'slow');
    expect(isUnavailable(await Promise.race([attempt, other]))).toBe(true);
    await other;
    expect(db.pool.idleCount).toBe(1);
  });

  it('are not trusted when one of them was not answered: the others may be as dead', async () => {
    await fill('select 1');
    await rejectionOf(db.transactions.run((tx) => pgClient(tx).query(unanswered)));
    await write();
    expect(db.pool.totalCount).toBe(1);
  });

  it('of a database that is read-only do not outlive that', async () => {
    await db.pool.query(`alter database ${name()} set default_transaction_read_only = on`);
    for (const session of await Promise.all([1, 2, 3].map(() => db.pool.connect()))) session.release(true);
    await fill('select 1');
    const refused = await rejectionOf(write());
    expect([(refused as { code?: string }).code, kindOf(refused)]).toEqual(['25006', 'unavailable']);
    await fill('select 1');
    const admin = new pg.Client({ connectionString: db.url });
    await admin.connect();
    await admin.query('set default_transaction_read_only = off');
    await admin.query(`alter database ${name()} reset default_transaction_read_only`);
    await admin.end();
    await Promise.all([write(), write(), write()]);
    expect(await written()).toBe(3);
  });

  it('that prepared a statement of the old schema cost one repetition', async () => {
    const read = { name: 'notes_read', text: 'select n from notes where n = $1', values: [1] };
    await write();
    await fill(read);
    await db.pool.query('alter table notes alter column n type bigint');
    let calls = 0;
    const rows = await Promise.all(
      [1, 2].map(() =>
        db.transactions.run(async (tx) => {
          calls += 1;
          return (await pgClient(tx).query<{ n: string }>(read)).rows;
        }),
      ),
    );
    expect(rows).toEqual([[{ n: '1' }], [{ n: '1' }]]);
    expect(calls).toBeLessThanOrEqual(4);
    await db.transactions.run((tx) => pgClient(tx).query(read));
  });

  it.each([
    ['asks again', true],
    ['asks nothing more', false],
  ])('that sat idle are the failure of the work, which %s', async (_, asks) => {
    const error = await rejectionOf(
      db.transactions.run(async (tx) => {
        const session = pgClient(tx);
        const ended = new Promise((resolve) => session.once('error', resolve));
        await session.query('set local idle_in_transaction_session_timeout = 50');
        await ended;
        if (asks) await session.query('select 1');
      }),
    );
    expect(classify(error)).toBe('retry');
    await write();
  });
});

describe('a connection that is refused', () => {
  let db: TestDatabase;
  const role = `r${randomUUID().replaceAll('-', '')}`;
  beforeAll(async () => {
    db = await testDatabase(2);
    await db.pool.query(`create role ${role} login password 'right'`);
  });
  afterAll(async () => {
    await db.pool.query(`drop role ${role}`);
    await db[Symbol.asyncDispose]();
  });

  const url = (change: (url: URL) => void): string => {
    const made = new URL(db.url);
    [made.username, made.password] = [role, 'right'];
    change(made);
    return made.href;
  };
  const of = (path: string) => path.slice(1);

  const none = (): void => undefined;
  it.each<[string, string, (url: URL) => void, string, string]>([
    ['a wrong password', '28P01', (made) => (made.password = 'wrong'), '', ''],
    ['a password that is missing', '', (made) => (made.password = ''), '', ''],
    ['a database that is not there', '3D000', (made) => (made.pathname = '/nowhere'), '', ''],
    ['a role without login', '28000', none, `alter role ${role} nologin`, `alter role ${role} login`],
    [
      'a right that is missing',
      '42501',
      none,
      'revoke connect on database NAME from public',
      'grant connect on database NAME to public',
    ],
    ['a limit of connections', '53300', none, `alter role ${role} connection limit 0`, ''],
  ])('because of %s is never about the work', async (_, code, change, before, after) => {
    const run = (statement: string) => db.pool.query(statement.replace('NAME', of(new URL(db.url).pathname)));
    if (before) await run(before);
    const pool = new pg.Pool({ connectionString: url(change), Client: Session, max: 1 });
    const work = (): Promise<never> => expect.unreachable('nothing was begun');
    const error = await rejectionOf(new PostgresTransactions(pool).run(work));
    expect(kindOf(error)).toBe('unavailable');
    expect(((error as Error).cause as { code?: string }).code ?? '').toBe(code);
    expect(kindOf(await rejectionOf(pool.query('select 1')))).toBe('unavailable');
    await pool.end();
    if (after) await run(after);
  });

  it('because the database takes none is never about the work', async () => {
    const name = of(new URL(db.url).pathname);
    const admin = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
    await admin.connect();
    await admin.query(`alter database ${name} allow_connections false`);
    const pool = new pg.Pool({ connectionString: db.url, Client: Session, max: 1 });
    const error = await rejectionOf(new PostgresTransactions(pool).run(() => Promise.resolve()));
    expect([kindOf(error), ((error as Error).cause as { code?: string }).code]).toEqual(['unavailable', '55000']);
    await admin.query(`alter database ${name} allow_connections true`);
    await Promise.all([admin.end(), pool.end()]);
  });
});
