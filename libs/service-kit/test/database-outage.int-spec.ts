import { eventually, freshName } from '@sluice/core/testing';
import { pgClient, Transactions } from '@sluice/messaging';
import pg from 'pg';
import { Gauge, Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { baseConfig, startService, type RunningService } from '../src/index.ts';
import { createDatabase, testConfig, type TestDatabase } from '../src/testing/index.ts';
import { frozenLine, type FrozenLine } from './frozen-line.ts';
import { TinyModule } from './tiny.module.ts';

describe('a service', () => {
  let database: TestDatabase;
  let line: FrozenLine;
  let service: RunningService;
  let transactions: Transactions;

  beforeEach(async () => {
    database = await createDatabase();
    line = await frozenLine(database.url);
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: line.url });
    service = await startService(TinyModule.forRoot(line.url), config);
    transactions = service.app.get(Transactions, { strict: false });
  });
  afterEach(async () => {
    line?.thaw();
    await service?.stop();
    await line?.[Symbol.asyncDispose]();
    await database?.drop();
  });

  const ready = async () => {
    const response = await fetch(`${service.url}/readyz`);
    return [response.status, ((await response.json()) as { checks: unknown }).checks];
  };
  const note = () => fetch(`${service.url}/things/noted`, { method: 'PUT' });
  const administer = async (...statements: string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };

  it('whose database becomes read-only says so, refuses what it would write, and goes on by itself', async () => {
    const name = new URL(database.url).pathname.slice(1);
    expect((await note()).status).toBe(200);
    await administer(
      `alter database ${name} set default_transaction_read_only = on`,
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    );
    await eventually(async () => expect(await ready()).toEqual([503, { postgres: 'down' }]));
    await eventually(async () => {
      const { status, headers } = await note();
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    });
    // Reading goes on, so that the pool is full of sessions of that time.
    const read = () => transactions.run((tx) => pgClient(tx).query('select 1'));
    await Promise.all([read(), read()]);
    await administer(`alter database ${name} reset default_transaction_read_only`);
    expect((await note()).status).toBe(200);
    await eventually(async () => expect(await ready()).toEqual([200, { postgres: 'up' }]), { timeoutMs: 15_000 });
  });

  it('is ready while its pool is busy', async () => {
    const gate = Promise.withResolvers<void>();
    let begun = 0;
    const open = [1, 2].map(() =>
      transactions.run(() => {
        begun += 1;
        return gate.promise;
      }),
    );
    await eventually(() => expect(begun).toBe(2));
    expect(await ready()).toEqual([200, { postgres: 'up' }]);
    gate.resolve();
    await Promise.all(open);
  });

  it('is scraped while its database does not answer', async () => {
    const registers = [service.app.get(Registry, { strict: false })];
    let asked = 0;
    new Gauge({
      name: 'asks_the_database',
      help: 'x',
      registers,
      async collect() {
        asked += 1;
        await transactions.run((tx) => pgClient(tx).query('select 1'));
        this.set(7);
      },
    });
    const scrape = async () => (await fetch(`${service.url}/metrics`)).text();
    expect(await scrape()).toContain('asks_the_database{service="tiny"} 7');
    line.freeze();
    // What waits for the database longest of all that a scrape could wait for.
    const failed = transactions.run(() => Promise.resolve()).catch(() => 'failed');
    const texts = Promise.all([scrape(), scrape()]);
    expect(await Promise.race([texts, failed])).not.toBe('failed');
    for (const text of await texts) {
      expect(text).not.toContain('asks_the_database');
      expect(text).toContain('nodejs_eventloop_lag_seconds');
    }
    expect(asked).toBe(2);
    await failed;
    line.thaw();
    await eventually(async () => expect(await scrape()).toContain('asks_the_database{service="tiny"} 7'));
  });
});

describe('a service whose role may not do all', () => {
  it('answers 503 while a table or a right is missing, and says which of its tables it can not use', async () => {
    await using cleanup = new AsyncDisposableStack();
    const { url, drop } = await createDatabase();
    const role = freshName('role').replaceAll('-', '_');
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    cleanup.defer(async () => {
      await admin.query(`drop owned by ${role}; drop role ${role}`);
      await admin.end();
      await drop();
    });
    const run = (statement: string) => admin.query(statement);
    await run(`create role ${role} login password 'x'; grant create, usage on schema public to ${role}`);
    const own = Object.assign(new URL(url), { username: role, password: 'x' }).href;
    const config = testConfig('tiny', baseConfig, { DATABASE_URL: own });
    const service = await startService(TinyModule.forRoot(own), config);
    cleanup.defer(async () => void (await service.stop()));
    const keep = async () => {
      const { status, headers } = await fetch(`${service.url}/things/kept`, { method: 'PUT' });
      return [status, headers.get('retry-after')];
    };
    expect(await keep()).toEqual([503, '1']);
    await run('create table notes (n int)');
    expect(await keep()).toEqual([503, '1']);
    await run(`grant insert on notes to ${role}`);
    expect(await keep()).toEqual([200, null]);

    const ready = async () => {
      const response = await fetch(`${service.url}/readyz`);
      return [response.status, ((await response.json()) as { details?: unknown }).details];
    };
    expect(await ready()).toEqual([200, undefined]);
    await run(`alter table outbox rename to gone; revoke insert on inbox from ${role}`);
    expect(await ready()).toEqual([503, { postgres: { unusableTables: ['"outbox"', '"inbox"'] } }]);
    await run(`alter table gone rename to outbox; grant insert on inbox to ${role}`);
    expect(await ready()).toEqual([200, undefined]);
  });
});
