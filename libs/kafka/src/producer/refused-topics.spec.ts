import { AppError } from '@sluice/core';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Outcome } from './accumulator.ts';
import { RefusedTopics, type Waiting } from './refused-topics.ts';

const aRecord = (id: string, topic = 't'): Waiting => {
  return { id, topic, key: `key of ${id}` };
};
const taken: Outcome = { topic: 't', partition: 0, offset: 0n };
const tooLarge = new AppError('invalid', 'record-refused', 'MESSAGE_TOO_LARGE');
const tooEarly = new AppError('unavailable', 'refused-for-now', 'INVALID_TIMESTAMP');
const away = new AppError('unavailable', 'not-acknowledged', 'away');

describe('RefusedTopics', () => {
  const [a, b, c] = [aRecord('a'), aRecord('b'), aRecord('c')];
  let refused: RefusedTopics;
  beforeEach(() => {
    refused = new RefusedTopics(3, { initialMs: 100, maxMs: 100 });
  });
  const send = (now: number, ...outcomes: [Waiting, Outcome][]): void =>
    refused.record(
      outcomes.map(([event]) => event),
      outcomes.map(([, outcome]) => outcome),
      now,
    );

  it('holds nothing back while nothing is refused, and an outage says nothing', () => {
    send(0, [a, taken], [b, away]);
    expect(refused.heldBack(0)).toBeUndefined();
  });

  it('gives up an event after its attempts when others of its topic were taken after the first of them', () => {
    send(0, [a, tooLarge], [b, taken]);
    expect(refused.heldBack(1)).toEqual({ topics: [], keys: [a.key] });
    expect(refused.heldBack(101)).toEqual({ topics: [], keys: [] });
    send(101, [a, tooLarge]);
    expect(refused.attemptsOfDead(a)).toBeUndefined();
    send(202, [a, tooLarge]);
    expect(refused.attemptsOfDead(a)).toBe(3);
  });

  it('gives up nothing while the topic takes nothing: it waits, and is probed', () => {
    for (const now of [0, 101, 202, 303]) send(now, [a, tooLarge], [b, tooLarge]);
    expect([a, b].map((event) => refused.attemptsOfDead(event))).toEqual([undefined, undefined]);
    expect(refused.heldBack(304)?.topics).toEqual(['t']);
    expect(refused.dueProbes(304)).toEqual([]);
    expect(refused.dueProbes(404)).toEqual(['t']);
    // The smallest that was tried least.
    expect(refused.probeOf([a, c, b])).toBe(c);
    send(404, [c, taken]);
    expect(refused.heldBack(405)).toEqual({ topics: [], keys: [] });
    send(405, [a, tooLarge]);
    expect(refused.attemptsOfDead(a)).toBe(5);
  });

  it('does not count what was taken before the refusal', () => {
    send(0, [a, tooLarge], [b, taken]);
    send(101, [c, taken]);
    refused.forget(a);
    send(202, [b, taken], [a, tooLarge]);
    for (const now of [303, 404]) send(now, [a, tooLarge]);
    expect(refused.attemptsOfDead(a)).toBeUndefined();
  });

  it('never gives up what is refused because of the clock, policy or authorisation', () => {
    for (let now = 0; now < 1_000; now += 101) send(now, [a, tooEarly], [b, taken]);
    expect(refused.attemptsOfDead(a)).toBeUndefined();
    expect(refused.heldBack(920)?.keys).toEqual([a.key]);
  });

  it('keeps one topic apart from another', () => {
    send(0, [aRecord('x', 'other'), tooEarly], [a, taken], [b, tooLarge], [c, taken]);
    expect(refused.heldBack(1)?.topics).toEqual(['other']);
    expect(refused.refusing().map(([topic, { reason }]) => [topic, reason])).toEqual([['other', 'INVALID_TIMESTAMP']]);
  });
});
