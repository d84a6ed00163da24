import { describe, expect, it } from 'vitest';
import type { DeadLetterSummary } from './dead-letter.ts';
import { byOrigin, groupsOf, selects } from './selection.ts';

function aLetter(id: string, over: Partial<DeadLetterSummary> = {}): DeadLetterSummary {
  const origin = { topic: 'orders.v1', partition: 0, offset: 0n, timestampMs: 0 };
  const reason = { exceptionClass: 'Error', message: `message of ${id}` };
  return { id, fingerprint: 'f', origin, deadAtMs: 0, attempts: 1, replayCount: 0, key: id, ...reason, ...over };
}

function at(topic: string, partition: number, offset: bigint): DeadLetterSummary {
  return aLetter(`${topic}/${partition}@${offset}`, { origin: { topic, partition, offset, timestampMs: 0 } });
}

it('byOrigin restores the order of the original topics', () => {
  const letters = [at('b', 0, 1n), at('a', 1, 2n), at('a', 1, 10n), at('a', 0, 11n)];
  expect(letters.sort(byOrigin).map(({ id }) => id)).toEqual(['a/0@11', 'a/1@2', 'a/1@10', 'b/0@1']);
});

it('selects ids whatever their case, a key, a fingerprint, both, or all', () => {
  const letters = [aLetter('a'), aLetter('b', { fingerprint: 'g' })];
  const chosen = (selection: Parameters<typeof selects>[0]) => letters.filter(selects(selection)).map(({ id }) => id);
  expect(chosen({ ids: ['A'] })).toEqual(['a']);
  expect(chosen({ key: 'b' })).toEqual(['b']);
  expect(chosen({ key: 'b', fingerprint: 'g' })).toEqual(['b']);
  expect(chosen({ key: 'b', fingerprint: 'f' })).toEqual([]);
  expect(chosen({ fingerprint: 'g' })).toEqual(['b']);
  expect(chosen({ all: true })).toEqual(['a', 'b']);
});

describe('groupsOf', () => {
  it('counts by fingerprint, with the newest as the example, the most that nobody replayed first', () => {
    const letters = [
      aLetter('a', { deadAtMs: 3 }),
      aLetter('b', { deadAtMs: 9 }),
      aLetter('c', { deadAtMs: 5 }),
      aLetter('d', { fingerprint: 'g' }),
      aLetter('e', { fingerprint: 'g' }),
    ];
    const groups = groupsOf(letters, (id) => !['a', 'b'].includes(id));
    expect(groups).toMatchObject([
      { fingerprint: 'g', dead: 2, total: 2 },
      { fingerprint: 'f', dead: 1, total: 3, firstAtMs: 3, lastAtMs: 9, newestId: 'b', message: 'message of b' },
    ]);
  });

  it('shows nothing that a record brought', () => {
    const [group] = groupsOf([aLetter('a', { message: 'no stock for "ann" <ann@example.com>' })], () => true);
    expect(group?.message).toBe('no stock for "<value>" <<address>>');
  });
});
