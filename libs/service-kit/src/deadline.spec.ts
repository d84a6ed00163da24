import { describe, expect, it } from 'vitest';
import { deadlineOf } from './deadline.ts';

describe('deadlineOf', () => {
  it('reads milliseconds since the epoch', () => {
    expect(deadlineOf(undefined)).toBeUndefined();
    expect(deadlineOf('1001', 1_000)).toBe(1_001);
  });

  it.each(['2160000000', '999999999999999', '9007199254740993', '9'.repeat(400)])('takes %s for ten minutes', (far) => {
    expect(deadlineOf(far, 1_000)).toBe(601_000);
  });

  it('refuses one that has passed with 504, and one that is no number with 400', () => {
    expect(() => deadlineOf('1000', 1_000)).toThrow(expect.objectContaining({ status: 504, code: 'deadline-passed' }));
    expect(() => deadlineOf('soon')).toThrow(expect.objectContaining({ status: 400 }));
    expect(() => deadlineOf(['1', '2'])).toThrow(expect.objectContaining({ status: 400 }));
  });
});
