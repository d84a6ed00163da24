import { describe, expect, it } from 'vitest';
import { amountOf, centsOf, decimalSignOf, wholeNumberOf } from './amounts.ts';

describe('a number', () => {
  it.each([
    ['2.55', '2.55'],
    ['.85', '0.85'],
    [',85', '0.85'],
    ['2,55', '2.55'],
    ['+2.55', '2.55'],
    ['-2.55', '-2.55'],
    ['−2,5', '-2.5'],
    ['6.', '6'],
    ['£2.55', '2.55'],
    ['-£2.55', '-2.55'],
    ['$ -2.55', '-2.55'],
    ['2,55 €', '2.55'],
    ['1,234.50', '1234.50'],
    ['1.234,50', '1234.50'],
    ['1 234,50', '1234.50'],
    ['1\u00a0234\u00a0567,5', '1234567.5'],
    ["1'234.50", '1234.50'],
    ['1,234,567', '1234567'],
    ['1.234.567', '1234567'],
    ['0.999', '0.999'],
    ['0,999', '0.999'],
    ['11062.06', '11062.06'],
  ])('%s is %s, whatever the sign of the file', (text, amount) => {
    expect([amountOf(text, '.'), amountOf(text, ',')]).toEqual([amount, amount]);
  });

  it.each([
    ['1.234', '1.234', '1234'],
    ['1,234', '1234', '1.234'],
  ])('%s depends on it', (text, point, comma) => {
    expect([amountOf(text, '.'), amountOf(text, ',')]).toEqual([point, comma]);
  });

  it.each(['', '.', ',', '-', '£', 'six', '1e309', '1.2.3', '1,23,456.7.8', '12 pieces', '1,234 567', '0x10', '١'])(
    '%j is none',
    (text) => expect([amountOf(text, '.'), amountOf(text, ',')]).toEqual([undefined, undefined]),
  );

  it('is whole, or a price in cents', () => {
    expect(['6', '6.0', '6.', '1.5', '0', '-6', '9007199254740993'].map(wholeNumberOf)).toEqual([
      ...[6, 6, 6],
      ...[undefined, undefined, undefined, undefined],
    ]);
    expect(['2.55', '0.999', '1.005', '0.85', '3', '-1'].map(centsOf)).toEqual([255, 100, 101, 85, 300, undefined]);
  });
});

describe('the decimal sign of a file', () => {
  it.each([
    ['.', ',', ['2.55', '1.234', '6']],
    [',', ';', ['2,55', '1.234', '6']],
    ['.', ';', ['2.55', '1.99', '2,55', '1,234']],
    [',', ',', ['2,55', '£1,99', '2.55']],
    ['.', ',', ['1.234', '6', 'x']],
    ['.', '\t', ['1.234']],
    [',', ';', ['1.234']],
  ])('is %j where %j separates %j', (sign, separator, texts) => {
    expect(decimalSignOf(texts, separator)).toBe(sign);
  });
});
