import { describe, expect, it } from 'vitest';
import { area, perSecond, sampleLag } from './curves.ts';

describe('sampleLag', () => {
  it('is accepted minus completed each 200 ms, until the first sample at or after the end', () => {
    expect(sampleLag([0.1, 0.2, 0.5], [0.4, 0.7], 0.7)).toEqual([0, 2, 1, 2, 1]);
  });

  it('is one empty sample when nothing happened', () => {
    expect(sampleLag([], [], 0)).toEqual([0]);
  });
});

describe('area', () => {
  it('integrates by trapezoids', () => {
    expect(area([0, 10, 0])).toBeCloseTo(2);
    expect(area([5])).toBe(0);
  });
});

describe('perSecond', () => {
  it('counts in half-open seconds', () => {
    expect(perSecond([0, 0.999, 1, 2.5], 3)).toEqual([2, 1, 1, 0]);
  });
});
