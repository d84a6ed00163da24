import { describe, expect, it } from 'vitest';
import { BackgroundLimiter } from './background-limiter.ts';

const slotMs = 200;

/** What leaves in each of some slots when `wanted` rows want to. */
function slots(limiter: BackgroundLimiter, from: number, count: number, wanted: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const rows = Math.min(wanted, limiter.allowance((from + i) * slotMs));
    limiter.spend(rows);
    return rows;
  });
}

describe('BackgroundLimiter', () => {
  /** There is one at first. */
  let limit: number | undefined = 400;
  const limited = (unlimited = 400): BackgroundLimiter => {
    limit = 400;
    const limiter = new BackgroundLimiter(() => limit, unlimited);
    limiter.allowance(0);
    return limiter;
  };

  it('holds nothing back while there is no limit', () => {
    const limiter = new BackgroundLimiter(() => undefined, 400);
    expect(slots(limiter, 0, 3, 1_000)).toEqual([400, 400, 400]);
    expect(limiter.allowance(2 * slotMs + 1)).toBe(400);
  });

  it('limits at once, but never to nothing', () => {
    const limiter = new BackgroundLimiter(() => limit, 400);
    limit = undefined;
    slots(limiter, 0, 3, Infinity);
    limit = 400;
    expect(limiter.allowance(2 * slotMs + 1)).toBe(0);
    expect(slots(limiter, 3, 3, Infinity)).toEqual([80, 80, 80]);
  });

  it('follows a lower limit, and grows from there', () => {
    const limiter = limited();
    limit = 100;
    expect(slots(limiter, 1, 2, Infinity)).toEqual([20, 20]);
    limit = 0;
    expect(slots(limiter, 3, 2, Infinity)).toEqual([2, 2]);
    limit = undefined;
    expect(slots(limiter, 5, 5, Infinity)).toEqual([3, 4, 6, 9, 13]);
  });

  it('grows by half with each slot, until nothing is held back', () => {
    const limiter = limited();
    limit = undefined;
    expect(slots(limiter, 1, 6, Infinity)).toEqual([120, 180, 270, 400, 400, 400]);
  });

  it('grows by whole records', () => {
    const limiter = limited(1_000);
    limit = undefined;
    expect(slots(limiter, 1, 6, Infinity)).toEqual([120, 180, 270, 405, 607, 910]);
  });

  it('grows also while it is not asked', () => {
    const limiter = limited();
    limit = undefined;
    expect(limiter.allowance(3.5 * slotMs)).toBe(270);
  });

  it('takes no more than the rest of the slot', () => {
    const limiter = limited();
    limiter.spend(50);
    expect(limiter.allowance(1)).toBe(30);
    limiter.spend(30);
    expect(limiter.allowance(2)).toBe(0);
    expect(limiter.allowance(slotMs)).toBe(80);
  });

  it('never takes more than a small batch', () => {
    expect(new BackgroundLimiter(() => 400, 10).allowance(0)).toBe(10);
  });
});
