import { describe, expect, it } from 'vitest';
import { burstIdeal, queueIdeal } from './ideal.ts';

describe('burstIdeal', () => {
  it('is the fluid model: peak (X−1)μT, drain (X−1)T, area ½X(X−1)μT²', () => {
    const ideal = burstIdeal({ factor: 10, seconds: 3, base: 0, capacity: 200 });
    expect(ideal).toMatchObject({ peakLag: 5400, drainSeconds: 27, lagArea: 0.5 * 10 * 9 * 200 * 9 });
  });

  it('drains more slowly under a base load', () => {
    const ideal = burstIdeal({ factor: 10, seconds: 3, base: 0.5, capacity: 200 });
    expect(ideal).toMatchObject({ peakLag: 5400, drainSeconds: 54, lagArea: (5400 * 57) / 2 });
  });

  it('has no backlog below the capacity', () => {
    const ideal = burstIdeal({ factor: 0.5, seconds: 3, base: 0, capacity: 200 });
    expect(ideal).toMatchObject({ peakLag: 0, drainSeconds: 0, lagArea: 0 });
  });
});

describe('queueIdeal', () => {
  it('agrees with the fluid model on an even burst', () => {
    const arrivals = Array.from({ length: 6000 }, (_, index) => index / 2);
    const ideal = queueIdeal(arrivals, 200);
    expect(ideal.peakLag).toBeCloseTo(5400, -2);
    expect(ideal.drainSeconds).toBeCloseTo(27, 0);
    expect(ideal.lagArea / 81_000).toBeCloseTo(1, 1);
  });

  it('has nothing to do without orders', () => {
    expect(queueIdeal([], 200)).toMatchObject({ peakLag: 0, drainSeconds: 0, lagArea: 0 });
  });
});
