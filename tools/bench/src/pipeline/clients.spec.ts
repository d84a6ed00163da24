import { describe, expect, it } from 'vitest';
import { bestInTime } from './clients.ts';

describe('bestInTime', () => {
  const few = { clients: 16, perSecond: 700, ackMs: 40 };
  const some = { clients: 32, perSecond: 800, ackMs: 80 };
  const many = { clients: 64, perSecond: 850, ackMs: 160 };

  it('is the highest rate among those that answer in time', () => {
    expect(bestInTime([few, some, many], 100)).toBe(32);
    expect(bestInTime([few, some, many], 200)).toBe(64);
    expect(bestInTime([few, { ...some, perSecond: 600 }], 100)).toBe(16);
  });

  it('is the fastest to answer when none does in time', () => {
    expect(bestInTime([many, some], 10)).toBe(32);
    expect(() => bestInTime([], 10)).toThrow(RangeError);
  });
});
