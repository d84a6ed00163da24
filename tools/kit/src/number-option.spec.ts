import { describe, expect, it } from 'vitest';
import { decimalOption, wholeOption } from './number-option.ts';

describe('a number of an option', () => {
  it('is taken from its range', () => {
    expect(wholeOption({ max: 10 })('10')).toBe(10);
    expect(wholeOption({ min: 0, max: 10 })('0')).toBe(0);
    expect(decimalOption({ max: 0.5 })('.5'.padStart(3, '0'))).toBe(0.5);
  });

  it.each(['0', '11', '1.5', '-1', '1e1', ''])('is refused when it is none: "%s"', (text) => {
    expect(() => wholeOption({ max: 10 })(text)).toThrow('Expected a');
  });

  it('is told its range', () => {
    expect(() => wholeOption({ max: 10 })('11')).toThrow('Expected a number from 1 to 10.');
    expect(() => decimalOption({ max: 1, below: true })('1')).toThrow('Expected a number above 0 to below 1.');
  });
});
