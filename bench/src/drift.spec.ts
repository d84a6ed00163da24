import { describe, expect, it } from 'vitest';
import { bestOf, driftOf, maxDrift } from './drift.ts';

it('knows the best of some brackets', () => {
  expect(bestOf([{ pgbench: 90 }, { kafka: 5 }, { pgbench: 100 }, { pgbench: 80, kafka: 4 }])).toEqual({
    pgbench: 100,
    kafka: 5,
  });
});

describe('drift', () => {
  it('is that of the anchor that moved most, whichever way', () => {
    expect(driftOf({ pgbench: 100, kafka: 100 }, { pgbench: 101, kafka: 80 })).toBeCloseTo(20 / 90);
    expect(driftOf({ pgbench: 80 }, { pgbench: 100 })).toBeCloseTo(20 / 90);
  });

  it('is none without anchors', () => {
    expect(driftOf({}, {})).toBe(0);
  });

  it('is allowed to be a tenth', () => {
    expect(driftOf({ pgbench: 95 }, { pgbench: 105 })).toBeLessThanOrEqual(maxDrift);
    expect(driftOf({ pgbench: 94 }, { pgbench: 105 })).toBeGreaterThan(maxDrift);
  });
});
