import { describe, expect, it } from 'vitest';
import { amountIn, currencyCodes } from './currency.ts';

describe('an amount', () => {
  it.each([
    [0, 'EUR', '0.00 EUR'],
    [7, 'EUR', '0.07 EUR'],
    [2034, 'GBP', '20.34 GBP'],
    [1999, 'JPY', '1999 JPY'],
    [0, 'JPY', '0 JPY'],
    [1999, 'KWD', '1.999 KWD'],
    [5, 'IQD', '0.005 IQD'],
    [19_999, 'CLF', '1.9999 CLF'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '90071992547409.91 EUR'],
    [Number.MAX_SAFE_INTEGER, 'KWD', '9007199254740.991 KWD'],
  ])('of %i minor units in %s is %s', (minorUnits, currency, text) => {
    expect(amountIn(currency, minorUnits)).toBe(text);
  });

  it('of a currency that is not known is given as it is, and says so', () => {
    expect(amountIn('ZZZ', 1999)).toBe('1999 minor units of ZZZ');
  });
});

describe('the currencies', () => {
  it('are those that money is paid in today, and the code for tests', () => {
    expect(currencyCodes).toEqual(expect.arrayContaining(['EUR', 'USD', 'JPY', 'XOF', 'XTS']));
    for (const code of ['ZZZ', 'DEM', 'XXX', 'eur']) expect(currencyCodes).not.toContain(code);
  });
});
