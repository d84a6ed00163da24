import { describe, expect, it } from 'vitest';
import { mean, median, percentile, spreadOf } from './statistics.ts';

describe('statistics', () => {
  it.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 10], 3],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('throws for a median of nothing', () => {
    expect(() => median([])).toThrow('nothing was measured');
  });

  it('gives the mean, and the median with both ends', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(spreadOf([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
  });

  it('gives a percentile that was measured', () => {
    const values = Array.from({ length: 200 }, (_, i) => 200 - i);
    expect([percentile(values, 50), percentile(values, 99), percentile([7], 99)]).toEqual([100, 198, 7]);
    expect(percentile([], 50)).toBeNaN();
  });
});
