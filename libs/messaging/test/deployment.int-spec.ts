import { AppError } from '@sluice/core';
import { eventually, freshName } from '@sluice/core/testing';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { ExternalEffect } from '../src/effects/external-effect.ts';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { Harness, impatient, numbered, type Handler, type ThingEvent } from './consumer-harness.ts';

/** So few that whatever is counted makes a dead letter at once. */
const few = { retry: { ...impatient, maxAttempts: 2 }, maxAttempts: 2 };

describe('a consumer whose database is not as the deployment says', () => {
  let on: Harness;
  let calls: number;
  const apply: Handler = (events, tx) => {
    calls += 1;
    return on.apply(events, tx);
  };
  beforeEach(async () => {
    on = await Harness.open();
    calls = 0;
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const run = (statement: string) => on.db.pool.query(statement);
  const triedOften = () => {
    const before = calls;
    return eventually(() => expect(calls).toBeGreaterThan(before + 10));
  };
  const nothingCounted = async () => {
    expect(await on.deadLetters()).toEqual([]);
    expect((await on.deferred.list()).filter(({ attempts }) => attempts > 1)).toEqual([]);
  };
  /** The table has lost what the handler needs of it, or never had it; or has it again. */
  const faults: [string, string, string][] = [
    ['a table', 'alter table effects rename to gone', 'alter table gone rename to effects'],
    ['a column', 'alter table effects rename text to gone', 'alter table effects rename gone to text'],
    ['a right', rejecting('true'), 'drop trigger reject on effects'],
  ];

  it.each(faults)('waits for %s that all records need', async (_, damage, repair) => {
    await run(damage);
    await on.send(...numbered(4), { key: 'other', text: 'o1' });
    const { strategy } = await on.join(apply, few);
    await triedOften();
    expect(strategy.health().holds[0]?.reason).toContain('every record fails');
    expect([await on.committed(), await on.deferred.list()]).toEqual([0n, []]);
    await nothingCounted();
    await run(repair);
    await eventually(async () => expect(await on.texts()).toHaveLength(5));
    expect((await on.texts()).filter((text) => text !== 'o1')).toEqual(['k1', 'k2', 'k3', 'k4']);
    await nothingCounted();
  });

  it('waits while its role has no right to a table, and goes on when it is granted', async () => {
    const role = freshName('role').replaceAll('-', '_');
    await run(`create role ${role}`);
    onTestFinished(async () => void (await elsewhere(`drop role ${role}`)));
    await on.send(...numbered(2));
    const { strategy } = await on.join(async (events, tx) => {
      await pgClient(tx).query(`set local role ${role}`);
      await apply(events, tx);
      await pgClient(tx).query('reset role');
    }, few);
    await triedOften();
    expect(strategy.health().holds[0]?.reason).toContain('every record fails: permission denied for table effects');
    await nothingCounted();
    await run(`grant usage on schema public to ${role}; grant all on effects to ${role}`);
    await run(`grant usage on all sequences in schema public to ${role}`);
    await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2']));
    await nothingCounted();
  });

  it('waits with a single record, until others show that it is the only one', async () => {
    await run(rejecting(`new.text = 'k1'`));
    await on.send(...numbered(1));
    await on.join(apply, few);
    await triedOften();
    await nothingCounted();
    await on.send({ key: 'other', text: 'o1' }, { key: 'another', text: 'a1' });
    await eventually(async () => expect(await on.texts()).toEqual(['o1', 'a1']));
    await eventually(async () => expect(await on.committed()).toBe(3n));
    await on.send({ key: 'third', text: 't1' });
    await on.send({ key: 'third', text: 't2' });
    await eventually(async () => expect(await on.deferred.list({ state: 'dead' })).toHaveLength(1));
    expect(await on.deferred.list({ state: 'dead' })).toMatchObject([{ key: 'k', attempts: 2 }]);
    expect(await on.deadLetters()).toHaveLength(1);
  });

  it('counts a record that fails alone in its batch', async () => {
    await run(rejecting(`new.text = 'k3'`));
    await on.send(...numbered(3), { key: 'other', text: 'o1' });
    await on.join(apply, few);
    await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2', 'o1']));
    await eventually(async () => expect((await on.deferred.list()).map(({ key }) => key)).toEqual(['k']));
  });

  it('counts no attempt at deferred events', async () => {
    let isEarly = true;
    await run('alter table effects rename to gone');
    await on.send(...numbered(1));
    await on.join(async (events, tx) => {
      if (!isEarly) return apply(events, tx);
      isEarly = false;
      throw new AppError('not-found', 'early', 'early');
    }, few);
    await eventually(async () => expect(await on.deferred.list()).toHaveLength(1));
    await triedOften();
    await nothingCounted();
    await run('alter table gone rename to effects');
    await eventually(async () => expect(await on.texts()).toEqual(['k1']));
    await nothingCounted();
  });

  it('waits for a table that all external effects need', async () => {
    const handler = (events: ThingEvent[]): ExternalEffect => ({
      claim: async () => void (calls += 1),
      perform: () => Promise.resolve(),
      complete: (tx) => on.apply(events, tx),
    });
    await run('alter table effects rename to gone');
    await on.send(...numbered(2));
    await on.joinExternally(handler, few);
    await triedOften();
    expect(await on.committed()).toBe(0n);
    await run('alter table gone rename to effects');
    await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2']));
    await nothingCounted();
  });

  it('waits while every login is refused', async () => {
    const name = new URL(on.db.url).pathname.slice(1);
    const { strategy } = await on.join(apply, few);
    await elsewhere(`alter database ${name} allow_connections false`);
    await elsewhere(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`);
    await on.send(...numbered(3));
    await eventually(() => expect(strategy.health().holds[0]?.reason).toContain('no connection to the database'));
    await elsewhere(`alter database ${name} allow_connections true`);
    await eventually(async () => expect(await on.texts()).toEqual(['k1', 'k2', 'k3']));
    await nothingCounted();
  });
});

describe('a handler that sits idle in its transaction for too long', () => {
  it('has failed: the event is counted, and the others go on', async () => {
    await using on = await Harness.open();
    await on.send(...numbered(2), { key: 'other', text: 'o1' });
    await on.join(async (events, tx) => {
      if (events.some(({ data }) => data.text === 'k1')) {
        const session = pgClient(tx);
        const ended = new Promise((resolve) => session.once('error', resolve));
        await session.query('set local idle_in_transaction_session_timeout = 20');
        await ended;
      }
      await on.apply(events, tx);
    }, few);
    await eventually(async () => expect(await on.texts()).toEqual(['o1']));
    await eventually(async () => expect(await on.deadLetters()).toHaveLength(1));
    expect(await on.deferred.list()).toMatchObject([{ state: 'dead', attempts: 2 }, { attempts: 0 }]);
  });
});

/** In another database of the server. */
async function elsewhere(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/** As a right that is missing for some rows only. */
function rejecting(condition: string): string {
  return `
    create or replace function reject() returns trigger language plpgsql as
      'begin raise exception using errcode = ''42501'', message = ''not allowed''; end';
    create trigger reject before insert on effects for each row when (${condition}) execute function reject()`;
}
