import { describe, expect, it } from 'vitest';
import { AdaptiveLimit } from './adaptive-limit.ts';

/** Begins as many as may, and ends them all as taken. */
function round(limit: AdaptiveLimit, wanted = Infinity): void {
  const trials = [];
  while (limit.mayBegin && trials.length < wanted) trials.push(limit.begin());
  for (const trial of trials) limit.end(trial, true);
}

/** The values of a limit that the peer never refuses. */
function growthOf(limit: AdaptiveLimit, rounds: number): number[] {
  const values = [limit.value];
  for (let i = 0; i < rounds; i += 1) {
    round(limit);
    if (limit.value !== values.at(-1)) values.push(limit.value);
  }
  return values;
}

/** With `slots` in flight and one more, which is refused. */
function refusedAt(limit: AdaptiveLimit, slots: number): void {
  const trials = Array.from({ length: slots + 1 }, () => limit.begin());
  limit.refused();
  limit.end(trials.pop(), false);
  for (const trial of trials) limit.end(trial, true);
}

describe('AdaptiveLimit', () => {
  it('begins at 4 and doubles up to its ceiling', () => {
    expect(growthOf(new AdaptiveLimit({ ceiling: 50 }), 300)).toEqual([4, 8, 16, 32, 50]);
    expect(growthOf(new AdaptiveLimit({ ceiling: 3 }), 20)).toEqual([3]);
  });

  it('keeps after a refusal what was in flight besides, and probes beyond it by 1, then 2, 4, 8', () => {
    const limit = new AdaptiveLimit({ ceiling: 64 });
    growthOf(limit, 20);
    refusedAt(limit, 5);
    expect(growthOf(limit, 2_000)).toEqual([5, 6, 8, 12, 20, 36, 64]);
    refusedAt(limit, 20);
    expect(limit.value).toBe(20);
  });

  it('follows with each of several refusals, down to one at the least', () => {
    const limit = new AdaptiveLimit({ ceiling: 8, initial: 8 });
    const trials = Array.from({ length: 8 }, () => limit.begin());
    const values = trials.map((trial) => {
      limit.refused();
      limit.end(trial, false);
      return limit.value;
    });
    expect(values).toEqual([7, 6, 5, 4, 3, 2, 1, 1]);
    expect(limit.mayBegin).toBe(true);
  });

  it('lets at least 176 succeed between two probes, and 16 rounds', () => {
    for (const [slots, expected] of [[5, 176] as const, [40, 640] as const]) {
      const limit = new AdaptiveLimit({ ceiling: 64, initial: 64 });
      refusedAt(limit, slots);
      const running = Array.from({ length: slots }, () => limit.begin());
      let taken = 0;
      for (; limit.value === slots; taken += 1) {
        limit.end(running.shift(), true);
        running.push(limit.begin());
      }
      expect(taken).toBeGreaterThanOrEqual(expected);
      expect(taken).toBeLessThan(expected + 2 * slots);
    }
  });

  it('learns nothing while it is not used up', () => {
    const limit = new AdaptiveLimit({ ceiling: 64 });
    for (let i = 0; i < 1_000; i += 1) round(limit, 3);
    expect(limit.value).toBe(4);
  });

  it('does not take a failure for a success, nor what began before a refusal', () => {
    const limit = new AdaptiveLimit({ ceiling: 64 });
    for (let i = 0; i < 100; i += 1) {
      const trials = Array.from({ length: 4 }, () => limit.begin());
      for (const trial of trials) limit.end(trial, false);
    }
    expect(limit.value).toBe(4);
    // All that the limit is tried with are in flight.
    const running = Array.from({ length: 4 }, () => limit.begin());
    for (let i = 0; i < 3; i += 1) {
      limit.end(running.shift(), true);
      running.push(limit.begin());
    }
    limit.refused();
    for (const trial of running) limit.end(trial, true);
    expect(limit.value).toBe(3);
  });

  it('gives up a probe when something may have been a refusal, and nothing that was good', () => {
    const limit = new AdaptiveLimit({ ceiling: 64 });
    growthOf(limit, 20);
    refusedAt(limit, 5);
    while (limit.value === 5) round(limit);
    expect(limit.value).toBe(6);
    limit.mayBeRefused();
    expect(limit.value).toBe(5);
    limit.mayBeRefused();
    expect(limit.value).toBe(5);
    expect(growthOf(limit, 200).slice(0, 3)).toEqual([5, 6, 8]);
  });
});
