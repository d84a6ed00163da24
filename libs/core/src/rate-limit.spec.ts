import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

/** When the last of `records` may go, for one that always wants more; it waits for each bunch. */
function lastAtMs(limit: RateLimit, records: number): number {
  let now = 0;
  for (let left = records; left > 0;) {
    const taken = limit.take(left, now);
    now += taken.waitMs;
    left -= taken.records;
  }
  return now;
}

describe('a limit of records per second', () => {
  it.each([1, 7, 100, 5_000])('lets %i per second through, in bunches', (perSecond) => {
    expect(lastAtMs(new RateLimit(perSecond, 0), perSecond * 3)).toBeCloseTo(3_000);
    expect(new RateLimit(100, 0).take(500, 0).records).toBe(10);
  });

  it('is shared in the order of asking', () => {
    const limit = new RateLimit(100, 0);
    const takes = [10, 5, 10].map((wanted) => limit.take(wanted, 0));
    expect(takes).toEqual([
      { records: 10, waitMs: 100 },
      { records: 5, waitMs: 150 },
      { records: 10, waitMs: 250 },
    ]);
  });

  it('keeps what was not used for a second, no longer', () => {
    const limit = new RateLimit(100, 0);
    expect(limit.take(500, 500)).toEqual({ records: 50, waitMs: 0 });
    expect(limit.take(500, 60_500)).toEqual({ records: 100, waitMs: 0 });
    expect(limit.take(500, 60_500)).toEqual({ records: 10, waitMs: 100 });
  });
});
