import { headerOf } from '@sluice/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExternalEffect } from '../src/effects/external-effect.ts';
import { eventually } from '@sluice/core/testing';
import { Harness, numbered, type Handler, type ThingEvent } from './consumer-harness.ts';
import { leftBehind } from './left-behind.ts';

interface StartRow {
  first_offset: string;
  crashes: number;
  suspected: string | null;
  hits: number;
}

/** What the handlers were called with, and who was noted as suspected at that time. */
interface Call {
  texts: string[];
  suspected: string | null;
}

let on: Harness;
let calls: Call[];

beforeEach(async () => {
  on = await Harness.open();
  calls = [];
});
afterEach(() => on[Symbol.asyncDispose]());

async function rows(): Promise<StartRow[]> {
  const text = 'select first_offset, crashes, suspected, hits from partition_starts';
  return (await on.db.pool.query<StartRow>(text)).rows;
}

async function note(events: readonly ThingEvent[]): Promise<void> {
  calls.push({ texts: events.map(({ data }) => data.text), suspected: (await rows())[0]?.suspected ?? null });
}

const handler: Handler = async (events, tx) => {
  await note(events);
  await on.apply(events, tx);
};

const external = (events: ThingEvent[]): ExternalEffect<ThingEvent[], ThingEvent[]> => ({
  claim: async () => events,
  perform: async (claimed) => {
    await note(claimed);
    return claimed;
  },
  complete: (tx, done) => on.apply(done, tx),
});

const committed = (offset: number) => eventually(async () => expect(await on.committed()).toBe(BigInt(offset)));

async function codesOfLetters(): Promise<[string, string][]> {
  const letters = await on.deadLetters();
  return letters.map(({ headers }) => [
    String(headerOf(headers, 'x-original-offset')),
    String(headerOf(headers, 'x-exception-code')),
  ]);
}

describe('the row of a partition', () => {
  it('is there while it is worked on, says nothing of single records, and goes with an orderly end', async () => {
    await on.send(...numbered(3));
    const { member } = await on.join(handler);
    await committed(3);
    expect(calls).toEqual([{ texts: ['k1', 'k2', 'k3'], suspected: null }]);
    expect(await rows()).toEqual([{ first_offset: '0', crashes: 0, suspected: null, hits: 0 }]);
    await on.leave(member);
    expect(await rows()).toEqual([]);
  });

  it('of a process that died has each record tried alone, and noted before', async () => {
    await leftBehind(on);
    await on.send(...numbered(4));
    await on.join(handler, { maxPollRecords: 2 });
    await committed(4);
    // As many as a batch may have did no harm, so caution is over.
    expect(calls).toEqual([
      { texts: ['k1'], suspected: '0' },
      { texts: ['k2'], suspected: '1' },
      { texts: ['k3', 'k4'], suspected: null },
    ]);
    expect(await rows()).toMatchObject([{ crashes: 1, suspected: null, hits: 0 }]);
  });

  it('has each position committed at once, lest the next death be taken for the same', async () => {
    await leftBehind(on);
    await on.send(...numbered(3));
    let before = 0n;
    await on.join(
      async (events, tx) => {
        await eventually(async () => expect((await on.committed()) ?? 0n).toBe(before));
        before += BigInt(events.length);
        await on.apply(events, tx);
      },
      { autoCommitIntervalMs: 3_600_000 },
    );
    await committed(3);
  });

  it.each([
    { what: 'began elsewhere', row: { firstOffset: 7, crashes: 2 } },
    { what: 'died of a record that has passed since', row: { firstOffset: -2, crashes: 2, suspected: -1, hits: 2 } },
  ])('of a process that $what means nothing', async ({ row }) => {
    await leftBehind(on, row);
    await on.send(...numbered(3));
    await on.join(handler);
    await committed(3);
    expect(calls).toEqual([{ texts: ['k1', 'k2', 'k3'], suspected: null }]);
  });
});

describe('a record that was noted by processes that died', () => {
  it('is tried again after one of them, and counted no more when this one lives', async () => {
    await leftBehind(on, { crashes: 1, suspected: 1, hits: 1 });
    let hits: number | undefined;
    await on.send(...numbered(3));
    await on.join(async (events, tx) => {
      if (events[0]?.data.text === 'k2') hits = (await rows())[0]?.hits;
      await handler(events, tx);
    });
    await committed(3);
    expect(hits).toBe(2);
    expect(calls).toHaveLength(3);
    expect(await rows()).toMatchObject([{ suspected: null, hits: 0 }]);
    expect(await on.deferred.list()).toEqual([]);
  });

  it('is deferred dead, untried, with the later events of its key', async () => {
    await leftBehind(on, { crashes: 2, suspected: 1, hits: 2 });
    await on.send({ key: 'o', text: 'o1' }, ...numbered(2), { key: 'o', text: 'o2' });
    await on.join(handler);
    await committed(4);
    expect(await on.texts()).toEqual(['o1', 'o2']);
    expect(calls.flatMap(({ texts }) => texts)).toEqual(['o1', 'o2']);
    const [dead, waiting] = await on.deferred.list();
    expect(dead).toMatchObject({ state: 'dead', attempts: 3, error: { name: 'CrashLoop' } });
    expect(waiting).toMatchObject({ state: 'waiting', attempts: 0 });
    expect(await codesOfLetters()).toEqual([['1', 'crash-loop']]);

    expect(await on.deferred.retry([dead?.id ?? ''])).toBe(1);
    await eventually(async () => expect(await on.texts()).toEqual(['o1', 'o2', 'k1', 'k2']));
  });

  it('is dead-lettered and passed over when its effect is outside the database', async () => {
    await leftBehind(on, { crashes: 2, suspected: 1, hits: 2 });
    await on.send(...numbered(3));
    await on.joinExternally(external);
    await committed(3);
    expect(await on.texts()).toEqual(['k1', 'k3']);
    expect(await codesOfLetters()).toEqual([['1', 'crash-loop']]);
  });

  it('is dead-lettered only when it is no event', async () => {
    await leftBehind(on, { crashes: 2, suspected: 0, hits: 2 });
    await on.sendRaw('no event');
    await on.join(handler);
    await committed(1);
    expect(await codesOfLetters()).toEqual([['0', 'crash-loop']]);
    expect(await on.deferred.list()).toEqual([]);
  });
});

describe('a deferred event', () => {
  const failing: Handler = () => Promise.reject(new TypeError('a defect'));
  const starts = async () =>
    (await on.db.pool.query<{ starts: number }>('select starts from deferred_events order by id')).rows.map(
      (r) => r.starts,
    );

  /** Defers an event, and leaves it as processes do that died of it. */
  async function deferredAfter(crashes: number): Promise<void> {
    await on.send({ text: 'k1' });
    const { member } = await on.join(failing, { retry: { backoff: { initialMs: 60_000, maxMs: 60_000 } } });
    await committed(1);
    await on.leave(member);
    await on.db.pool.query('update deferred_events set starts = $1, next_attempt_at = clock_timestamp()', [crashes]);
  }

  it('is noted before each try, and the notes are forgotten when a try ends', async () => {
    await deferredAfter(2);
    const seen: number[][] = [];
    await on.join(async () => {
      seen.push(await starts());
      throw new TypeError('a defect');
    });
    await eventually(() => expect(seen.length).toBeGreaterThan(1));
    expect(seen.slice(0, 2)).toEqual([[3], [1]]);
  });

  it('that killed three processes is dead, untried, until somebody decides', async () => {
    await deferredAfter(3);
    await on.join(handler);
    await eventually(async () => expect(await on.deferred.list()).toMatchObject([{ state: 'dead' }]));
    const [dead] = await on.deferred.list();
    expect(dead).toMatchObject({ attempts: 4, error: { name: 'CrashLoop' } });
    expect(await codesOfLetters()).toEqual([['0', 'crash-loop']]);
    expect(calls).toEqual([]);
    await on.deferred.retry([dead?.id ?? '']);
    await eventually(async () => expect(await on.texts()).toEqual(['k1']));
  });
});
