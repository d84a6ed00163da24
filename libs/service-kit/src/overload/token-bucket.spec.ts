import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

/** How many of `times` (milliseconds) found a token. */
function taken(bucket: TokenBucket, times: number[]): number {
  return times.filter((now) => bucket.take(now)).length;
}

const every = (ms: number, seconds: number) => Array.from({ length: (seconds * 1_000) / ms }, (_, i) => i * ms);

describe('TokenBucket', () => {
  it('lets its rate through, however much is offered', () => {
    const through = taken(new TokenBucket(1_500, 0), every(0.125, 10));
    expect(through).toBeGreaterThanOrEqual(15_000);
    expect(through).toBeLessThanOrEqual(15_151);
  });

  it('gives a tenth of a second at once, also after a long pause', () => {
    const bucket = new TokenBucket(100, 0);
    expect(taken(bucket, Array<number>(50).fill(60_000))).toBe(10);
  });

  it('has one token to give for every rate', () => {
    const bucket = new TokenBucket(1, 0);
    expect(taken(bucket, [0, 500, 1_000, 1_001])).toBe(2);
  });
});
