import type { Header } from '@sluice/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { eventually } from '@sluice/core/testing';
import { Harness, impatient, numbered, type Handler, type Message } from './consumer-harness.ts';

/** The messages of two keys, taking turns. */
function mixed(count: number): Message[] {
  const others = numbered(count, 'o');
  return numbered(count).flatMap((message, i) => [message, others[i] ?? {}]);
}

const textsOf = (messages: Message[]) => messages.map(({ text }) => text);

describe('deferral', () => {
  let on: Harness;
  /** What the handler does before it applies the events. */
  let behave: Handler;
  const handler: Handler = async (events, tx) => {
    await behave(events, tx);
    await on.apply(events, tx);
  };
  const defect: Handler = async (events) => {
    if (events.some(({ key }) => key === 'k')) throw new TypeError('a defect');
  };
  const mended: Handler = async () => undefined;

  beforeEach(async () => {
    on = await Harness.open();
    behave = mended;
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const done = async (key = 'k') => (await on.effects()).filter((row) => row.key === key).map(({ text }) => text);
  const committed = (offset: number) => eventually(async () => expect(await on.committed()).toBe(BigInt(offset)));
  const deferredAttempts = async () => (await on.deferred.list()).map(({ attempts }) => attempts);

  it('keeps the events of a key that fails, untried behind the first, and lets the others pass', async () => {
    behave = defect;
    // Should the partition wait for the event just once, the test takes too long.
    await on.join(handler, { retryBackoff: { initialMs: 60_000, maxMs: 60_000 } });
    await on.send(...mixed(5));
    await on.send(...mixed(10).slice(10));
    await committed(20);
    expect(await done('o')).toEqual(textsOf(numbered(10, 'o')));
    expect((await on.deferred.list()).map(({ offset }) => Number(offset))).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
    await eventually(async () => expect((await on.deferred.list())[0]?.attempts).toBeGreaterThan(3));
    expect((await deferredAttempts()).slice(1)).toEqual(Array(9).fill(0));
    expect((await on.deferred.list())[0]?.error).toEqual({ name: 'TypeError', message: 'a defect' });
    expect(await done()).toEqual([]);

    behave = mended;
    await eventually(async () => expect(await on.deferred.list()).toEqual([]));
    expect(await done()).toEqual(textsOf(numbered(10)));
    expect(await done('o')).toHaveLength(10);
    expect(await on.deadLetters()).toEqual([]);
  });

  it('keeps them over restarts, and an event that comes after the restart waits behind them', async () => {
    behave = defect;
    const first = await on.join(handler);
    await on.send(...mixed(4));
    await committed(8);
    await on.leave(first.member);
    await on.send(...mixed(8).slice(8));
    // It would not fail any more; only its place keeps it.
    behave = async (events) => {
      if (events.some(({ data }) => data.text === 'k1')) throw new TypeError('a defect');
    };
    const second = await on.join(handler);
    await committed(16);
    expect(await done()).toEqual([]);
    expect(await on.deferred.list()).toHaveLength(8);
    await on.leave(second.member);

    behave = mended;
    await on.join(handler);
    await eventually(async () => expect(await on.deferred.list()).toEqual([]));
    expect(await done()).toEqual(textsOf(numbered(8)));
    expect(await done('o')).toEqual(textsOf(numbered(8, 'o')));
  });

  it('defers a record that comes again only once, and applies it only once', async () => {
    behave = defect;
    await on.join(handler);
    const [id = ''] = await on.send({ text: 'k1' });
    const twice = { text: 'k2', id: crypto.randomUUID() };
    await on.send({ text: 'k1', id }, twice, { text: 'k1', id }, twice);
    await committed(5);
    expect(await on.deferred.list()).toHaveLength(2);
    behave = mended;
    await eventually(async () => expect(await on.deferred.list()).toEqual([]));
    await on.send({ text: 'k1', id });
    await committed(6);
    expect(await done()).toEqual(['k1', 'k2']);
  });

  it('dead-letters the event that fails for the last time; the key waits until it is retried', async () => {
    behave = defect;
    await on.join(handler, { retry: { ...impatient, maxAttempts: 3 } });
    const bytes = Buffer.from([0, 255, 128, 7]);
    const [first, ...rest] = mixed(4);
    const headers = [bytes, null, Buffer.alloc(0)].map((value): Header => ['x-bytes', value]);
    await on.send({ ...first, headers }, ...rest);
    await eventually(async () => expect(await on.deferred.list({ state: 'dead' })).toHaveLength(1));
    const letters = await on.deadLetters();
    expect(letters).toHaveLength(1);
    expect(String(letters[0]?.value)).toBe('{"text":"k1"}');
    expect(letters[0]?.headers.filter(([name]) => name === 'x-bytes')).toEqual(headers);
    const texts = Object.fromEntries((letters[0]?.headers ?? []).map(([k, v]) => [k, String(v)]));
    expect(texts).toMatchObject({ 'x-attempts': '3', 'x-original-offset': '0', 'x-exception-class': 'TypeError' });

    behave = mended;
    await on.send({ text: 'k5' }, { key: 'o', text: 'o5' });
    await committed(10);
    expect(await done()).toEqual([]);
    expect(await deferredAttempts()).toEqual([3, 0, 0, 0, 0]);
    expect(await on.deferred.retry((await on.deferred.list({ state: 'dead' })).map(({ id }) => id))).toBe(1);
    await eventually(async () => expect(await on.deferred.list()).toEqual([]));
    expect(await done()).toEqual(textsOf(numbered(5)));
    expect(await done('o')).toEqual(textsOf(numbered(5, 'o')));
  });

  it('lets a replayed dead letter take up its old place, and the others go on when it is discarded', async () => {
    behave = defect;
    await on.join(handler, { retry: { ...impatient, maxAttempts: 1 } });
    await on.send(...numbered(3));
    await eventually(async () => expect(await on.deferred.list({ state: 'dead' })).toHaveLength(1));
    const replay = async () => {
      const [letter] = await on.deadLetters();
      if (!letter) throw new Error('there is no dead letter');
      const { key, value, headers } = letter;
      await on.producer.send({ topic: on.contract.name, key, value, headers, partition: 0 });
    };
    await replay();
    await eventually(async () => expect(await on.deadLetters()).toHaveLength(2));
    behave = mended;
    await replay();
    await eventually(async () => expect(await on.deferred.list()).toEqual([]));
    expect(await done()).toEqual(['k1', 'k2', 'k3']);

    behave = defect;
    await on.send({ text: 'k4' }, { text: 'k5' });
    await eventually(async () => expect(await on.deferred.list({ state: 'dead' })).toHaveLength(1));
    behave = mended;
    expect(await on.deferred.discard((await on.deferred.list({ state: 'dead' })).map(({ id }) => id))).toBe(1);
    await eventually(async () => expect(await done()).toEqual(['k1', 'k2', 'k3', 'k5']));
  });

  it('dead-letters what turns out to be invalid and goes on with the key', async () => {
    let failures = 0;
    behave = async (events) => {
      if (!events.some(({ data }) => data.text === 'k1')) return;
      if (failures++ < 1) throw new TypeError('a defect');
      throw new AppError('invalid', 'bad', 'bad');
    };
    await on.join(handler);
    await on.send({ text: 'k1' });
    await on.send({ text: 'k2' }, { text: 'k3' });
    await eventually(async () => expect(await done()).toEqual(['k2', 'k3']));
    expect(await on.deadLetters()).toHaveLength(1);
    expect(await on.deferred.list()).toEqual([]);
  });

  it('keeps the event until its dead letter is acknowledged', async () => {
    await using without = await Harness.open({ deadLetters: false });
    await without.join(defect, { retry: { ...impatient, maxAttempts: 2 } });
    await without.send({ text: 'k1' });
    await eventually(async () => expect((await without.deferred.list())[0]?.attempts).toBeGreaterThan(3));
    expect(await without.deferred.list()).toMatchObject([{ state: 'waiting' }]);
    await without.createDeadLetterTopic();
    await eventually(async () => expect(await without.deferred.list()).toMatchObject([{ state: 'dead' }]));
    expect(await without.deadLetters()).toHaveLength(1);
  });

  it('defers nothing and counts nothing while the database is away', async () => {
    let calls = 0;
    const cutOff: Handler = async (_, tx) =>
      void (await pgClient(tx).query('select pg_terminate_backend(pg_backend_pid())'));
    behave = async (events, tx) => {
      if (++calls <= 6) await cutOff(events, tx);
    };
    await on.join(handler, { retry: { ...impatient, maxAttempts: 3 } });
    await on.send(...numbered(2));
    await committed(2);
    behave = async () => {
      if (++calls < 12) throw new AppError('unavailable', 'away', 'away');
    };
    await on.send({ text: 'k3' });
    await committed(3);
    expect(await done()).toEqual(['k1', 'k2', 'k3']);
    expect(await on.deferred.list()).toEqual([]);

    calls = 0;
    behave = async (events, tx) => {
      calls += 1;
      // The second of these would be the last attempt if the outages between them had counted.
      if (calls === 1 || calls === 7) throw new TypeError('a defect');
      if (calls < 7) await cutOff(events, tx);
    };
    await on.send({ text: 'k4' });
    await eventually(async () => expect(await done()).toEqual(['k1', 'k2', 'k3', 'k4']));
    await eventually(async () => expect(await on.deferred.list()).toEqual([]));
    expect(await on.deadLetters()).toEqual([]);
    expect(calls).toBe(8);
  });
});

describe('several schedulers', () => {
  // Of hundreds of short transactions: a busy machine needs a minute for what a quiet one does in seconds.
  it('keep the order of each key, and apply everything once', { timeout: 200_000 }, async () => {
    await using on = await Harness.open({ partitions: 3 });
    const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
    const total = 25;
    const tries = new Map<string, number>();
    const flaky: Handler = async (events, tx) => {
      const [only] = events;
      if (events.some(({ version }) => version % 6 === 1)) {
        const tried = (tries.get(only?.id ?? '') ?? 0) + 1;
        if (events.length === 1 && only) tries.set(only.id, tried);
        if (events.length > 1 || tried < 4) throw new TypeError('a defect');
      }
      // Long enough for the other schedulers to look at the same key.
      await pgClient(tx).query('select pg_sleep(0.01)');
      await on.apply(events, tx);
    };
    const retry = { ...impatient, pollMs: 2 };
    const first = await on.join(flaky, { retry });
    await on.join(flaky, { retry });
    for (let version = 1; version <= total; version += 1) {
      await on.send(...keys.map((key) => ({ key, version, text: `${key}${version}` })));
      if (version === 12) await on.leave(first.member);
      if (version === 14) await on.join(flaky, { retry });
    }
    await eventually(async () => expect(await on.committed()).toBe(BigInt(total * keys.length)), { timeoutMs: 80_000 });
    await eventually(async () => expect(await on.deferred.list()).toEqual([]), { timeoutMs: 80_000 });
    const effects = await on.effects();
    for (const key of keys) {
      const versions = effects.filter((effect) => effect.key === key).map(({ version }) => version);
      expect(versions).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    }
    expect(await on.deadLetters()).toEqual([]);
  });
});
