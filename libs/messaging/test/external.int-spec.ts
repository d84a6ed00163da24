import { headerOf } from '@sluice/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartlyDone, type ExternalEffect } from '../src/effects/external-effect.ts';
import { AppError } from '@sluice/core';
import { pgClient } from '../src/postgres/postgres-transactions.ts';
import { eventually } from '@sluice/core/testing';
import { Harness, type ThingEvent } from './consumer-harness.ts';

/** Something outside the database that remembers every call. */
class Outside {
  readonly calls: string[][] = [];
  behave: (texts: string[]) => void = () => undefined;

  constructor(private readonly on: Harness) {}

  /** `effects` holds what was completed; `claim` leaves that out. */
  readonly handler = (events: ThingEvent[]): ExternalEffect<ThingEvent[], ThingEvent[]> => ({
    claim: async (tx) => {
      const { rows } = await pgClient(tx).query<{ id: string }>('select id from effects');
      return events.filter(({ id }) => !rows.some((row) => row.id === id));
    },
    perform: async (claimed) => {
      const texts = claimed.map(({ data }) => data.text);
      this.calls.push(texts);
      this.behave(texts);
      return claimed;
    },
    complete: (tx, done) => this.on.apply(done, tx),
  });
}

describe('an external effect', () => {
  let on: Harness;
  let outside: Outside;
  beforeEach(async () => {
    on = await Harness.open();
    outside = new Outside(on);
  });
  afterEach(() => on[Symbol.asyncDispose]());

  const two = [{ text: 'a' }, { text: 'b' }];

  it('is claimed, performed, completed, and only then acknowledged', async () => {
    const [id] = await on.send(...two);
    if (!id) throw new Error('nothing was sent');
    await on.joinExternally(outside.handler);
    await eventually(async () => expect(await on.committed()).toBe(2n));
    await on.send({ text: 'a', id });
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(outside.calls).toEqual([['a', 'b']]);
    expect(await on.texts()).toEqual(['a', 'b']);
  });

  it('is tried again while the other side is unavailable', async () => {
    let failures = 0;
    outside.behave = () => {
      if (failures++ < 3) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    };
    await on.send(...two);
    await on.joinExternally(outside.handler);
    await eventually(async () => expect(await on.committed()).toBe(2n));
    expect(outside.calls).toHaveLength(4);
    expect(await on.deadLetters()).toEqual([]);
  });

  it('repeats only what was not done when it was done in part', async () => {
    const handler = (events: ThingEvent[]): ExternalEffect<ThingEvent[], ThingEvent[]> => {
      const effect = outside.handler(events);
      return {
        ...effect,
        perform: async (claimed) => {
          await effect.perform(claimed.slice(0, 1));
          if (claimed.length > 1)
            throw new PartlyDone(claimed.slice(0, 1), new AppError('unavailable', 'full', 'full'));
          return claimed;
        },
      };
    };
    await on.send({ text: 'a' }, { text: 'b' }, { text: 'c' });
    await on.joinExternally(handler);
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(outside.calls).toEqual([['a'], ['b'], ['c']]);
    expect(await on.texts()).toEqual(['a', 'b', 'c']);
  });

  it('is repeated when what it did could not be completed', async () => {
    let failures = 0;
    const handler = (events: ThingEvent[]): ExternalEffect<ThingEvent[], ThingEvent[]> => ({
      ...outside.handler(events),
      complete: async (tx, done) => {
        await on.apply(done, tx);
        if (failures++ < 1) throw Object.assign(new Error('terminated'), { code: '57P01' });
      },
    });
    await on.send(...two);
    await on.joinExternally(handler);
    await eventually(async () => expect(await on.committed()).toBe(2n));
    expect(outside.calls).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
    expect(await on.texts()).toEqual(['a', 'b']);
  });

  it('is tried a few times in place when it fails unexpectedly, then dead-lettered; order is kept', async () => {
    outside.behave = (texts) => {
      if (texts.includes('bad')) throw new TypeError('a defect');
    };
    await on.send({ text: 'a' }, { text: 'bad' }, { text: 'c' });
    await on.joinExternally(outside.handler, { maxAttempts: 3 });
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(await on.texts()).toEqual(['a', 'c']);
    expect(outside.calls.filter(([text, more]) => text === 'bad' && !more)).toHaveLength(3);
    const letters = await on.deadLetters();
    expect(letters.map(({ headers }) => String(headerOf(headers, 'x-attempts')))).toEqual(['3']);
    expect(await on.deferred.list()).toEqual([]);
  });

  it('dead-letters the event that is refused, and performs the others', async () => {
    outside.behave = (texts) => {
      if (texts.includes('bad')) throw new AppError('invalid', 'no-such-address', 'bad address');
    };
    await on.send({ text: 'a' }, { text: 'bad' }, { text: 'c' });
    await on.joinExternally(outside.handler);
    await eventually(async () => expect(await on.committed()).toBe(3n));
    expect(await on.texts()).toEqual(['a', 'c']);
    expect(await on.deadLetters()).toHaveLength(1);
  });

  describe('of which events fail alone', () => {
    /** Events of which the effect does not take place, and why. */
    let failing: (text: string) => Error | undefined;
    let outages: number;
    const handler = (events: ThingEvent[]): ExternalEffect<ThingEvent[], ThingEvent[]> => {
      const isGood = ({ data }: ThingEvent): boolean => !failing(data.text);
      const effect = outside.handler(events);
      const perform = async (claimed: ThingEvent[]): Promise<ThingEvent[]> => {
        const done = (await effect.perform(claimed)).filter(isGood);
        if (outages-- > 0) throw new PartlyDone(done, new AppError('unavailable', 'full', 'full'));
        return done;
      };
      const failed = () =>
        events.flatMap((event) => (isGood(event) ? [] : [{ event, error: failing(event.data.text) }]));
      return { ...effect, perform, failed };
    };
    const performed = (text: string) => outside.calls.flat().filter((called) => called === text).length;
    const bad = new AppError('invalid', 'no-such-address', 'bad address');

    beforeEach(() => {
      failing = () => undefined;
      outages = 0;
    });

    it('defers them with what follows of their keys, and performs the others once', async () => {
      failing = (text) => (text === 'late' ? new TypeError('not now') : undefined);
      await on.send({ key: 'a', text: 'a' }, { key: 'k', text: 'late' }, { key: 'c', text: 'c' });
      await on.joinExternally(handler);
      await eventually(async () => expect(await on.committed()).toBe(3n));
      await on.send({ key: 'k', text: 'next' }, { key: 'a', text: 'a2' });
      await eventually(async () => expect(await on.committed()).toBe(5n));
      await eventually(async () => expect((await on.deferred.list())[0]?.attempts).toBeGreaterThan(2));
      expect((await on.deferred.list()).map(({ key, state }) => [key, state])).toEqual([
        ['k', 'waiting'],
        ['k', 'waiting'],
      ]);
      expect(await on.texts()).toEqual(['a', 'c', 'a2']);

      failing = () => undefined;
      await eventually(async () => expect(await on.deferred.list()).toEqual([]));
      expect(await on.texts()).toEqual(['a', 'c', 'a2', 'late', 'next']);
      expect(['a', 'c', 'a2', 'next'].map(performed)).toEqual([1, 1, 1, 1]);
      expect(await on.deadLetters()).toEqual([]);
    });

    it('dead-letters one whose time is over, and lets its key go on', async () => {
      failing = (text) => (text === 'late' ? new TypeError('not now') : undefined);
      await on.joinExternally(handler, { retry: { retryForMs: 200, backoff: { initialMs: 10 }, pollMs: 10 } });
      await on.send({ key: 'k', text: 'late' }, { key: 'a', text: 'a' });
      await eventually(async () => expect(await on.committed()).toBe(2n));
      await on.send({ key: 'k', text: 'next' });
      await eventually(async () => expect(await on.texts()).toEqual(['a', 'next']));
      expect(await on.deadLetters()).toHaveLength(1);
      expect(await on.deferred.list()).toEqual([]);
    });

    it('performs an invalid one once, also when its batch has to run again', async () => {
      failing = (text) => (text === 'bad' ? bad : undefined);
      outages = 2;
      await on.send({ key: 'a', text: 'a' }, { key: 'b', text: 'bad' }, { key: 'c', text: 'c' });
      await on.joinExternally(handler);
      await eventually(async () => expect(await on.committed()).toBe(3n));
      expect(await on.texts()).toEqual(['a', 'c']);
      expect(performed('bad')).toBe(1);
      expect(await on.deadLetters()).toHaveLength(1);
    });

    it('keeps a deferred one while the other side is unavailable, without an attempt', async () => {
      failing = (text) => (text === 'late' ? new TypeError('not now') : undefined);
      let isDown = true;
      outside.behave = () => {
        if (isDown && outside.calls.length > 1) throw new AppError('unavailable', 'full', 'full');
      };
      await on.send({ key: 'k', text: 'late' });
      await on.joinExternally(handler, { retry: { maxAttempts: 3, backoff: { maxMs: 20 }, pollMs: 10 } });
      await eventually(() => expect(outside.calls.length).toBeGreaterThan(5));
      expect((await on.deferred.list()).map(({ attempts }) => attempts)).toEqual([1]);
      failing = () => undefined;
      isDown = false;
      await eventually(async () => expect(await on.texts()).toEqual(['late']));
      expect(await on.deadLetters()).toEqual([]);
    });
  });
});
