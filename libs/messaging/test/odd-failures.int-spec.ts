import { randomUUID } from 'node:crypto';
import { AppError } from '@sluice/core';
import { eventually, thrownThings } from '@sluice/core/testing';
import { headerOf } from '@sluice/kafka';
import { readTopic } from '@sluice/kafka/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Harness, impatient, numbered, type Handler, type Message } from './consumer-harness.ts';
import { adminOf } from './dead-letter-admin-of.ts';
import { configureTopic, sendForeign } from './topic-config.ts';

describe('a handler that throws something without a usable message', () => {
  const things = thrownThings();
  const thrown = new Map(things);
  const messages = things.map(([name]): Message => ({ key: name, text: name }));
  const lines: string[] = [];
  const write = (bindings: object, message: string): void => void lines.push(JSON.stringify(bindings) + message);
  const log = { debug: write, info: write, warn: write, error: write };
  const retry = { ...impatient, maxAttempts: 2 };
  let on: Harness;
  beforeEach(async () => {
    on = await Harness.open();
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const lettersOf = async (): Promise<string[]> => (await on.deadLetters()).map(({ key }) => String(key)).sort();
  const names = things.map(([name]) => name).sort();

  it('has its events deferred, dead-lettered at last, and no other key waits', async () => {
    const throwing: Handler = async (events, tx) => {
      for (const { key } of events) if (thrown.has(key)) throw thrown.get(key);
      await on.apply(events, tx);
    };
    await on.join(throwing, { retry, log });
    await on.send(...messages, { key: 'good', text: 'good' });
    await eventually(async () => expect(await on.texts()).toEqual(['good']));
    const blocked = async () => (await on.deferred.list({ state: 'dead' })).map(({ key }) => key).sort();
    await eventually(async () => expect(await blocked()).toEqual(names));
    expect(await lettersOf()).toEqual(names);
    expect(lines.filter((line) => line.includes('was dead-lettered'))).toHaveLength(things.length);
  });

  it('has the records of an external effect dead-lettered, and the partition moves on', async () => {
    const done: string[] = [];
    const external = (events: { key: string }[]) => ({
      claim: async () => events.map(({ key }) => key),
      perform: async (keys: string[]) => {
        for (const key of keys) if (thrown.has(key)) throw thrown.get(key);
        return keys;
      },
      complete: async (_: unknown, keys: string[]) => void done.push(...keys),
    });
    await on.joinExternally(external, { maxAttempts: 2, log });
    await on.send(...messages, { key: 'good', text: 'good' });
    await eventually(() => expect(done).toEqual(['good']), { timeoutMs: 30_000 });
    expect(await lettersOf()).toEqual(names);
  });
});

describe('an event that is hard to defer', () => {
  let on: Harness;
  let failing: Set<string>;
  const handler: Handler = async (events, tx) => {
    if (events.some(({ data }) => failing.has(data.text))) throw new TypeError('a defect');
    await on.apply(events, tx);
  };
  beforeEach(async () => {
    on = await Harness.open();
    failing = new Set();
  });
  afterEach(() => on[Symbol.asyncDispose]());
  const committed = (offset: bigint) => eventually(async () => expect(await on.committed()).toBe(offset));

  it('keeps a key that is longer than an index takes in order', async () => {
    // Not compressible, because PostgreSQL compresses what it puts into an index.
    const key = Array.from({ length: 300 }, () => randomUUID()).join('');
    failing.add('k1');
    await on.join(handler);
    await on.send(...numbered(2).map((message) => ({ ...message, key })), { key: 'other', text: 'o1' });
    await committed(3n);
    await eventually(async () => expect(await on.texts()).toEqual(['o1']));
    failing.clear();
    await eventually(async () => expect(await on.texts()).toEqual(['o1', 'k1', 'k2']));
    expect((await on.effects())[1]?.key).toBe(key);
  });

  it('takes any timestamp of 64 bits, and every header as it is', async () => {
    await configureTopic(on.contract.name, { 'message.timestamp.after.max.ms': String(2n ** 63n - 1n) });
    failing.add('far');
    await on.join(handler, { retry: { ...impatient, maxAttempts: 2 } });
    await on.send({ text: 'near' });
    const [near] = await readTopic(on.driver, on.contract.name);
    const encoded = (near?.headers ?? []).filter(([name]) => name !== 'ce_id');
    const headers = Object.fromEntries([...encoded, ['ce_id', Buffer.from(randomUUID())]]) as Record<string, Buffer>;
    const timestamp = String(2n ** 63n - 1n);
    await sendForeign(on.contract.name, { timestamp, key: 'k', value: '{"text":"far"}', headers });
    await eventually(async () => expect(await on.deadLetters()).toHaveLength(1));
    failing.clear();
    const [dead] = await on.deferred.list({ state: 'dead' });
    await on.deferred.retry([dead?.id ?? '']);
    await eventually(async () => expect(await on.texts()).toEqual(['near', 'far']));
  });

  it('is dead-lettered when the table can not take it, and the partition moves on', async () => {
    await on.db.pool.query(`alter table deferred_events add check (key <> 'k')`);
    failing.add('k1');
    await on.join(handler);
    await on.send(...numbered(1), { key: 'other', text: 'o1' }, { key: 'k', text: 'k2' });
    await committed(3n);
    expect(await on.texts()).toEqual(['o1', 'k2']);
    const [letter, ...more] = await on.deadLetters();
    expect(more).toEqual([]);
    expect(String(headerOf(letter?.headers ?? [], 'x-exception-code'))).toBe('not-deferrable');
    expect(String(headerOf(letter?.headers ?? [], 'x-exception-message'))).toContain('a defect');
  });

  it('fails as oddly as it likes, and the deferred events of other keys go on', async () => {
    await on.db.pool.query(`create function refuse() returns trigger language plpgsql as $$ begin
      if old.key = 'odd' then raise exception 'not this row'; end if; return new; end $$`);
    await on.db.pool.query(
      'create trigger refuse before update of attempts on deferred_events for each row execute function refuse()',
    );
    failing = new Set(['odd', 'away', 'o1']);
    const selective: Handler = async (events, tx) => {
      if (events.length === 1 && events[0]?.data.text === 'away' && failing.has('o1') === false)
        throw new AppError('unavailable', 'away', 'only this one');
      await handler(events, tx);
    };
    // Should the scheduler pause because of one event, the test takes too long.
    await on.join(selective, { outageBackoff: { initialMs: 60_000, maxMs: 60_000 } });
    await on.send({ key: 'odd', text: 'odd' }, { key: 'away', text: 'away' }, { key: 'o', text: 'o1' });
    await eventually(async () => expect(await on.deferred.list()).toHaveLength(3));
    failing.delete('o1');
    await eventually(async () => expect(await on.texts()).toEqual(['o1']));
    // And again, after the other two have failed once more.
    failing.add('o2');
    await on.send({ key: 'o', text: 'o2' });
    await eventually(async () => expect((await on.deferred.list({ key: 'o' })).length).toBe(1));
    failing.delete('o2');
    await eventually(async () => expect(await on.texts()).toEqual(['o1', 'o2']));
  });
});

describe('a dead letter that the broker refuses', () => {
  it('is kept in the database, the partition moves on, and it is written when the broker takes it', async () => {
    await using on = await Harness.open({ deadLetters: false });
    await on.admin.createTopics([{ name: on.deadLetterTopic, partitions: 1, config: { 'max.message.bytes': '100' } }]);
    await on.join();
    await on.sendRaw('not an event', { 'x-tenant': 'blue' });
    await on.send({ text: 'next' });
    await eventually(async () => expect(await on.texts()).toEqual(['next']));
    const kept = [{ topic: on.deadLetterTopic, state: 'waiting', offset: 0n }];
    await eventually(async () => expect(await on.deferred.list()).toMatchObject(kept));
    expect((await adminOf(on).list()).items).toMatchObject([{ origin: { offset: 0n }, state: 'dead' }]);
    await configureTopic(on.deadLetterTopic, { 'max.message.bytes': '1000000' });
    const now = 'update deferred_events set next_attempt_at = clock_timestamp()';
    await eventually(async () => {
      await on.db.pool.query(now);
      expect(await on.deferred.list()).toEqual([]);
    });
    const [letter] = await on.deadLetters();
    expect(String(letter?.value)).toBe('not an event');
    expect(letter?.headers[0]).toEqual(['x-tenant', Buffer.from('blue')]);
    expect(await on.committed()).toBe(2n);
  });
});
