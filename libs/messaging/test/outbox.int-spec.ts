import { context, propagation, ROOT_CONTEXT } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { thingTopic } from './contracts.ts';
import { testDatabase, type TestDatabase } from './database.ts';
import type { OutgoingEvent, ReceivedEvent } from '../src/contract/contract.ts';
import { decodeEvent } from '../src/envelope/decode.ts';
import type { Transaction } from '../src/transaction.ts';
import { causedBy } from '../src/outbox/causes.ts';
import { Outbox } from '../src/outbox/outbox.ts';
import { inIndexOrder, OutboxTable, selectBegun, selectUnsent } from '../src/outbox/table.ts';

const changed = (key: string, version: number, text = 'x'): OutgoingEvent => {
  return { type: 'thing.changed', key, version, data: { text } };
};

describe('Outbox', () => {
  let db: TestDatabase;
  let outbox: Outbox;
  let commits: number;

  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db[Symbol.asyncDispose]());
  beforeEach(async () => {
    await db.pool.query('truncate outbox');
    outbox = new Outbox('thing');
    commits = 0;
    outbox.onCommit(() => commits++);
  });
  afterEach(() => vi.restoreAllMocks());

  const append = (events: OutgoingEvent[], before?: (tx: Transaction) => void) =>
    db.transactions.run(async (tx) => {
      before?.(tx);
      await outbox.append(tx, thingTopic, events);
    });
  const unsent = () => new OutboxTable(db.transactions, outbox.source).unsent('0', 500);
  const decoded = async () =>
    (await unsent()).map(({ record }) => {
      const headers = record.headers.map(([name, text]) => [name, Buffer.from(text)] as const);
      return decodeEvent(thingTopic, { key: Buffer.from(record.key), value: Buffer.from(record.value), headers });
    });

  it('keeps the order of a call and turns rows into events that the codec reads back', async () => {
    const moved = { type: 'thing.moved', key: 'a', version: 2, data: { to: { x: 1, y: -2 } } };
    await append([changed('b', 1, 'NUL \u0000, quote ", backslash \\, snowman ☃'), changed('a', 1), moved]);
    const events = await decoded();
    expect(events).toMatchObject([
      { key: 'b', version: 1, data: { text: 'NUL \u0000, quote ", backslash \\, snowman ☃' } },
      { key: 'a', version: 1, type: 'thing.changed' },
      { ...moved, source: 'urn:sluice:service:thing' },
    ]);
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    expect(commits).toBe(1);
  });

  it('leaves nothing and wakes no relay when the transaction is rolled back', async () => {
    const attempt = db.transactions.run(async (tx) => {
      await outbox.append(tx, thingTopic, [changed('a', 1)]);
      throw new Error('no');
    });
    await expect(attempt).rejects.toThrow('no');
    expect(await unsent()).toEqual([]);
    expect(commits).toBe(0);
  });

  it('refuses a version that waits already, because it was not assigned under the lock', async () => {
    await append([changed('a', 1)]);
    await expect(append([changed('a', 1)])).rejects.toMatchObject({ code: '23505' });
  });

  it.each([
    [{ ...changed('a', 1), type: 'thing.exploded' }, 'things.v1 has no events of type "thing.exploded"'],
    [changed('a', 1, 'x'.repeat(101)), 'thing.changed of a breaks its contract'],
  ])('refuses what breaks the contract before it writes', async (event, message) => {
    await expect(append([changed('b', 1), event])).rejects.toThrow(message);
    expect(await unsent()).toEqual([]);
  });

  it('is read in order through its indexes, with statistics and without', async () => {
    await db.pool.query(
      `insert into outbox (message_id, topic, key, version, type, data_version, payload)
       select gen_random_uuid(), 'things.v1', n, version, 'thing.changed', 1, '{}'
       from generate_series(1, 10100) as n, generate_series(1, 2) as version`,
    );
    const client = await db.pool.connect();
    await client.query(`begin; ${inIndexOrder}`);
    await client.query(`prepare unsent as ${selectUnsent}; prepare begun as ${selectBegun}`);
    const plan = async (statement: string) => {
      const text = `explain execute ${statement}(0, 500)`;
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(text);
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    expect(await plan('unsent')).not.toContain('Seq Scan');
    await new OutboxTable(db.transactions, outbox.source).analyze();
    expect(await plan('unsent')).toContain('Index Scan using outbox_pkey');
    expect(await plan('unsent')).not.toContain('Sort');
    expect(await plan('begun')).toContain('Index Scan using outbox_begun');
    expect(await plan('begun')).not.toContain('Sort');
    client.release(true);
  });

  it('keeps no plan that sorts it from when all was sent and analyzed: all of it would be read in each round', async () => {
    await db.pool.query(
      `insert into outbox (message_id, topic, key, version, type, data_version, payload)
       select gen_random_uuid(), 'things.v1', n, 1, 'thing.changed', 1, '{}' from generate_series(1, 20000) as n`,
    );
    await db.pool.query('delete from outbox');
    await new OutboxTable(db.transactions, outbox.source).analyze();
    const client = await db.pool.connect();
    await client.query(`begin; ${inIndexOrder}`);
    await client.query(`prepare unsent as ${selectUnsent}`);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>('explain execute unsent(0, 500)');
    client.release(true);
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).not.toContain('Sort');
  });

  it('looks for what was begun no further than twice what it wants, however much waits for its turn', async () => {
    const table = new OutboxTable(db.transactions, outbox.source);
    const begun = async (from: string) => (await table.begun(from, 2)).map(({ record }) => String(record.key));
    await append(['a', 'b', 'c', 'd'].flatMap((key) => [changed(key, 1), changed(key, 2)]));
    await append([changed('e', 2)]);
    expect(await begun('0')).toEqual([]);
    const { rows } = await db.pool.query<{ id: string }>(`select id from outbox where key = 'b' and version = 2`);
    expect(await begun(rows[0]!.id)).toEqual(['e']);
  });

  it('goes on with the trace and baggage of the event itself, of its cause, or of the active span', async () => {
    const trace = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
    vi.spyOn(propagation, 'inject').mockImplementation((_, carrier) => {
      Object.assign(carrier as object, { traceparent: trace('a'), tracestate: 'a=1', baggage: 'who=a,nonsense' });
    });
    const cause = { key: 'caused', traceparent: trace('b'), tracestate: 'b=1', baggage: 'who=b' } as ReceivedEvent;
    const untraced = { key: 'untraced', baggage: 'who=c' } as ReceivedEvent;
    await context.with(ROOT_CONTEXT, () =>
      append(
        [
          ...['active', 'caused', 'untraced'].map((key) => changed(key, 1)),
          { ...changed('own', 1), traceparent: trace('c') },
        ],
        (tx) => causedBy(tx, [cause, untraced]),
      ),
    );
    expect((await decoded()).map(({ traceparent, tracestate, baggage }) => [traceparent, tracestate, baggage])).toEqual(
      [
        [trace('a'), 'a=1', 'who=a'],
        [trace('b'), 'b=1', 'who=b'],
        [undefined, undefined, 'who=c'],
        [trace('c'), undefined, undefined],
      ],
    );
  });
});
