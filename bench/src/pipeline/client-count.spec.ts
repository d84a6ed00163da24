import { describe, expect, it } from 'vitest';
import { bestInTime, trialsOf, type Trial } from './client-count.ts';

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

describe('the trials', () => {
  it('go on after one that was slow by chance, and end with the second in a row', async () => {
    const slow = new Set([1, 3, 4]);
    const tried: number[] = [];
    const tryOnce = async (clients: number): Promise<Trial> => {
      const ackMs = slow.has(tried.push(clients) - 1) ? 200 : 20;
      return { clients, perSecond: clients, ackMs };
    };
    const trials = await trialsOf([16, 32, 64, 128], tryOnce, 100);
    expect(tried).toEqual([16, 32, 32, 64, 64]);
    expect(bestInTime(trials, 100)).toBe(32);
  });
});
