import { describe, expect, it } from 'vitest';
import { milliseconds, percent, seconds } from './format.ts';

describe('percent', () => {
  it('never rounds almost all to all, or hardly any to none', () => {
    expect(percent(6000, 6000)).toBe('100 %');
    expect(percent(5999, 6000)).toBe('> 99.9 %');
    expect(percent(1, 6000)).toBe('< 0.1 %');
    expect(percent(0, 6000)).toBe('0 %');
    expect(percent(0, 0)).toBe('–');
  });
});

describe('times', () => {
  it('are as exact as they are short', () => {
    expect([1.234, 12.34, 1234.5, 12_345, null].map(milliseconds)).toEqual([
      '1.2 ms',
      '12 ms',
      '1,235 ms',
      '12.3 s',
      '–',
    ]);
    expect([0, 27.04, null].map(seconds)).toEqual(['0 s', '27 s', 'not drained']);
  });
});
