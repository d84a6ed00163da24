import { describe, expect, it } from 'vitest';
import { deadlineOf } from './deadline.ts';

describe('deadlineOf', () => {
  it('reads milliseconds since the epoch', () => {
    expect(deadlineOf(undefined)).toBeUndefined();
    expect(deadlineOf('1001', 1_000)).toBe(1_001);
  });

  it('refuses one that has passed with 504, and one that is no number with 400', () => {
    expect(() => deadlineOf('1000', 1_000)).toThrow(expect.objectContaining({ status: 504, code: 'deadline-passed' }));
    expect(() => deadlineOf('soon')).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => deadlineOf(['1', '2'])).toThrow(expect.objectContaining({ status: 400 }));
  });
});
