import { headerOf } from '@sluice/kafka';
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { testDatabase, type TestDatabase } from './database.ts';
import { MemoryLog } from './memory-log.ts';
import { Things } from './things.ts';
import { AppError } from '@sluice/core';
import { PostgresTransactions } from '../src/postgres/postgres-transactions.ts';
import { Session } from '../src/postgres/session.ts';
import { measureBacklog, measurePublishing } from '../src/outbox/metrics.ts';
import { OutboxRelay, type BatchSender, type RelayOptions } from '../src/outbox/relay.ts';
import { OutboxTable } from '../src/outbox/table.ts';

// These tests provoke errors on purpose.
Logger.overrideLogger(false);

describe('OutboxRelay', () => {
  let db: TestDatabase;
  let things: Things;
  let log: MemoryLog;
  let relays: OutboxRelay[];

  beforeEach(async () => {
    db = await testDatabase(20);
    things = await Things.create(db);
    log = new MemoryLog();
    relays = [];
  });
  afterEach(async () => {
    await Promise.all(relays.map((relay) => relay.stop()));
    await db[Symbol.asyncDispose]();
  });

  function relay(
    options: Partial<RelayOptions> = {},
    database = db.transactions,
    sender: BatchSender = log,
  ): OutboxRelay {
    // The lease is longer than a busy machine keeps a process waiting, so that it is only lost on purpose.
    const defaults = { owner: randomUUID(), pollMs: 50, standbyMs: 50, leaseTtlMs: 3_000, initialBackoffMs: 20 };
    const made = new OutboxRelay(database, sender, things.outbox, { ...defaults, ...options });
    relays.push(made);
    made.start();
    return made;
  }

  it('publishes a row that commits after rows with greater ids', async () => {
    relay({ batchSize: 2 });
    const committing = new Promise<void>((commit) => {
      void db.transactions
        .run(async (tx) => {
          await things.change(tx, 'late');
          await things.changeAll(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
          await vi.waitFor(() => expect(log.records).toHaveLength(7), { timeout: 15_000 });
        })
        .then(commit);
    });
    await committing;
    await things.allSent();
    expect(log.records.at(-1)?.key).toBe('late');
  });

  it('leaves out what follows a row that committed late, when it does not read from the beginning', async () => {
    const table = new OutboxTable(db.transactions, things.outbox.source);
    const keysFrom = async (id: string): Promise<string[]> => (await table.unsent(id, 10)).map(({ key }) => key);
    await db.transactions.run(async (tx) => {
      await things.change(tx, 'late');
      await things.changeAll(['a', 'b']);
    });
    const [, , b] = await table.unsent('0', 10);
    await things.changeAll(['late', 'b']);
    expect(await keysFrom('0')).toEqual(['late', 'a', 'b', 'late', 'b']);
    expect(await keysFrom(b!.id)).toEqual(['b', 'b']);
  });

  it('is woken by a commit of its own process, long before the next poll', async () => {
    relay({ pollMs: 60_000 });
    await vi.waitFor(() => expect(relays[0]?.active).toBe(true), { timeout: 10_000 });
    await things.changeAll(['a']);
    await vi.waitFor(() => expect(log.records).toHaveLength(1), { timeout: 10_000, interval: 5 });
  });

  it('publishes no more than the limit of background work, and first what goes on with what was begun', async () => {
    let limit: number | undefined = 400;
    const keys = Array.from({ length: 400 }, (_, i) => `key-${i}`);
    await things.changeAll(keys);
    const [first, changed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    log.after = () => {
      log.after = () => undefined;
      first.resolve();
      return changed.promise;
    };
    relay({ backgroundLimit: () => limit });
    await first.promise;
    expect(log.records).toHaveLength(80);
    // The first was begun; the last has not left yet, so its second change must wait for that.
    await things.changeAll(['key-0', 'key-399']);
    changed.resolve();
    await vi.waitFor(() => expect(log.versions('key-0')).toEqual([1, 2]), { timeout: 10_000 });
    limit = undefined;
    await things.allSent();
    expect(
      log.records.findIndex(({ key, headers }) => key === 'key-0' && headerOf(headers, 'ce_version') === '2'),
    ).toBe(80);
    expect(log.records).toHaveLength(402);
    expect(log.versions('key-399')).toEqual([1, 2]);
  });

  it('repeats but never loses what was published and not deleted when its holder died', async () => {
    const own = new pg.Pool({ connectionString: db.url, Client: Session });
    // The holder loses its database after the broker took the batch: to all others this looks like a kill.
    const doomed = new MemoryLog();
    doomed.records.push = (...records) => log.records.push(...records);
    doomed.after = () => own.end();
    relay({ batchSize: 3 }, new PostgresTransactions(own), doomed);
    await things.changeAll(['a', 'b', 'a', 'c', 'a']);
    await vi.waitFor(() => expect(log.records.length).toBeGreaterThan(0), { timeout: 10_000 });
    const lease = 'select expires_at < clock_timestamp() + $1::interval as soon from outbox_lease';
    expect((await db.pool.query(lease, ['10 s'])).rows).toEqual([{ soon: true }]);
    relay({ batchSize: 3 });
    await things.allSent();
    expect(log.versions('a')).toEqual([1, 2, 1, 2, 3]);
    expect(new Set(log.ids()).size).toBe(5);
    const { rows } = await db.pool.query<{ epoch: string }>('select epoch from outbox_lease');
    expect(rows).toEqual([{ epoch: '2' }]);
  });

  it('hands over at once when it is stopped', async () => {
    const first = relay({ leaseTtlMs: 60_000 });
    await things.changeAll(['a']);
    await things.allSent();
    await first.stop();
    relay({ leaseTtlMs: 60_000 });
    await things.changeAll(['a']);
    await things.allSent();
    expect(log.versions('a')).toEqual([1, 2]);
  });

  it('does not delete with an epoch that is over', async () => {
    log.after = async () => {
      log.after = () => undefined;
      await db.pool.query('update outbox_lease set epoch = epoch + 1, owner = $1', ['someone else']);
    };
    const stale = relay({ leaseTtlMs: 1_500 });
    await things.changeAll(['a']);
    await vi.waitFor(() => expect(stale.active).toBe(false), { timeout: 15_000 });
    expect(await things.unsent()).toBe(1);
    await things.allSent();
    expect(log.versions('a')).toEqual([1, 1]);
  });

  it('waits for a broker that is away and then sends everything in order', async () => {
    let failures = 3;
    log.before = () => {
      if (failures-- > 0) throw new AppError('unavailable', 'broker-away', 'away');
    };
    relay({ maxAttempts: 1 });
    await things.changeAll(['a', 'a', 'b']);
    await things.allSent();
    expect(log.versions('a')).toEqual([1, 2]);
    expect(await relays[0]?.backlog()).toEqual({ pending: 0, oldestAgeSeconds: 0, dead: 0 });
  });

  it('knows whether it waits for the broker or for the database', async () => {
    log.before = () => {
      throw new AppError('unavailable', 'broker-away', 'away');
    };
    const made = relay();
    expect(made.unsentMs).toBe(0);
    await things.changeAll(['a']);
    await vi.waitFor(() => expect(made.unsentMs).toBeGreaterThan(100), { timeout: 15_000 });
    await db.pool.query('alter table outbox rename to gone');
    await vi.waitFor(() => expect(made.unsentMs).toBe(0), { timeout: 15_000 });
    await db.pool.query('alter table gone rename to outbox');
    await vi.waitFor(() => expect(made.unsentMs).toBeGreaterThan(100), { timeout: 15_000 });
    log.before = () => undefined;
    await things.allSent();
    await vi.waitFor(() => expect(made.unsentMs).toBe(0), { timeout: 15_000 });
  });

  it('measures the time from a row to its acknowledgement, and no number is left while the database does not answer', async () => {
    const registry = new Registry();
    const sum = async () =>
      Number(/^sluice_outbox_publish_seconds_sum (\S+)$/m.exec(await registry.metrics())?.[1] ?? 'none');
    const held = Promise.withResolvers<void>();
    log.before = () => held.promise;
    measureBacklog(registry, relay({ onPublished: measurePublishing(registry, ['things']) }));
    expect(await sum()).toBe(0);
    expect(await registry.metrics()).toMatch(/^sluice_outbox_published_total\{topic="things"\} 0$/m);
    await things.changeAll(['a']);
    const age = async () =>
      Number(/^sluice_outbox_oldest_seconds (\S+)$/m.exec(await registry.metrics())?.[1] ?? 'none');
    await vi.waitFor(async () => expect(await age()).toBeGreaterThan(0.2), { timeout: 15_000 });
    held.resolve();
    await things.allSent();
    // Both of its times are whole milliseconds.
    await vi.waitFor(async () => expect(await sum()).toBeGreaterThan(0.198), { timeout: 15_000 });
    expect(await age()).toBe(0);

    await db.pool.query('alter table outbox rename to gone');
    const left = (await registry.metrics())
      .split('\n')
      .filter((line) => /^sluice_outbox_(pending|oldest|dead)/.test(line));
    expect(left).toEqual([]);
    await db.pool.query('alter table gone rename to outbox');
    expect(await age()).toBe(0);
  });

  it('gives up a row that is refused, holds back its key, and goes on with all others', async () => {
    log.before = (records) => {
      if (records.some(({ key, headers }) => key === 'bad' && headerOf(headers, 'ce_version') === '2')) {
        throw new AppError('invalid', 'record-too-large', 'larger than the broker takes');
      }
    };
    const registry = new Registry();
    measureBacklog(registry, relay({ maxAttempts: 3, onPublished: measurePublishing(registry, []) }));
    await things.changeAll(['bad', 'a', 'bad', 'b', 'bad', 'a']);
    await vi.waitFor(async () => expect(await relays[0]?.backlog()).toMatchObject({ pending: 1, dead: 1 }), {
      timeout: 15_000,
    });
    await things.changeAll(['a']);
    await vi.waitFor(() => expect(log.versions('a')).toEqual([1, 2, 3]), { timeout: 10_000 });
    expect(log.versions('bad')).toEqual([1]);
    // What was sent leaves the table a moment later.
    await vi.waitFor(async () => expect(await relays[0]?.backlog()).toMatchObject({ pending: 1 }), { timeout: 15_000 });
    const metrics = await registry.metrics();
    expect(metrics).toMatch(/^sluice_outbox_pending_rows 1$/m);
    expect(metrics).toMatch(/^sluice_outbox_dead_rows 1$/m);
    expect(metrics).toMatch(/^sluice_outbox_oldest_seconds 0*[.1-9]/m);
    expect(metrics).toMatch(/^sluice_outbox_publish_seconds_count [1-9]/m);
    expect(metrics).toMatch(/^sluice_outbox_relay_active 1$/m);
    const { rows } = await db.pool.query('select key, version, dead_reason from outbox where dead_at is not null');
    expect(rows).toEqual([{ key: 'bad', version: 2, dead_reason: 'larger than the broker takes' }]);

    log.before = () => undefined;
    await db.pool.query('update outbox set dead_at = null, dead_reason = null');
    await things.allSent();
    expect(log.versions('bad')).toEqual([1, 2, 3]);
  });
});
