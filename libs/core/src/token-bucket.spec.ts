import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

describe('taking tokens', () => {
  /** How many of `times` (milliseconds) found a token. */
  const taken = (bucket: TokenBucket, times: number[]): number => times.filter((now) => bucket.take(now)).length;
  const every = (ms: number, seconds: number) => Array.from({ length: (seconds * 1_000) / ms }, (_, i) => i * ms);

  it('succeeds at the rate, however much is wanted', () => {
    const through = taken(new TokenBucket({ perSecond: 1_500, capacity: 150 }, 0), every(0.125, 10));
    expect(through).toBeGreaterThanOrEqual(15_000);
    expect(through).toBeLessThanOrEqual(15_151);
  });

  it('succeeds for what it keeps at once, also after a long pause', () => {
    const bucket = new TokenBucket({ perSecond: 100, capacity: 10 }, 0);
    expect(taken(bucket, Array<number>(50).fill(60_000))).toBe(10);
  });

  it('succeeds with a single token, too', () => {
    const bucket = new TokenBucket({ perSecond: 1, capacity: 1 }, 0);
    expect(taken(bucket, [0, 500, 1_000, 1_001])).toBe(2);
  });
});

describe('taking tokens on credit', () => {
  const aBucket = (perSecond: number) => new TokenBucket({ perSecond, capacity: perSecond, initial: 0 }, 0);

  /** When the last of `wanted` tokens may be used, for a caller that always wants more; it waits for each bunch. */
  function lastAtMs(bucket: TokenBucket, wanted: number): number {
    let now = 0;
    for (let left = wanted; left > 0;) {
      const { tokens, waitMs } = bucket.takeOnCredit(left, now);
      now += waitMs;
      left -= tokens;
    }
    return now;
  }

  it.each([1, 7, 100, 5_000])('gives %i per second, in bunches', (perSecond) => {
    expect(lastAtMs(aBucket(perSecond), perSecond * 3)).toBeCloseTo(3_000);
    expect(aBucket(100).takeOnCredit(500, 0).tokens).toBe(10);
  });

  it('serves in the order of the calls', () => {
    const bucket = aBucket(100);
    expect([10, 5, 10].map((wanted) => bucket.takeOnCredit(wanted, 0))).toEqual([
      { tokens: 10, waitMs: 100 },
      { tokens: 5, waitMs: 150 },
      { tokens: 10, waitMs: 250 },
    ]);
  });

  it('keeps what was not taken for as long as it has room', () => {
    const bucket = aBucket(100);
    expect(bucket.takeOnCredit(500, 500)).toEqual({ tokens: 50, waitMs: 0 });
    expect(bucket.takeOnCredit(500, 60_500)).toEqual({ tokens: 100, waitMs: 0 });
    expect(bucket.takeOnCredit(500, 60_500)).toEqual({ tokens: 10, waitMs: 100 });
  });
});
