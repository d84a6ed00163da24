import { describe, expect, it } from 'vitest';
import { dateOrderOf, type DatedRow } from './date-order.ts';
import { instantsOf } from './dates.ts';

const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());

describe('a date', () => {
  it.each([
    ['2011-12-05 08:38:09', '2011-12-05T08:38:09.000Z'],
    ['2011-12-05 08:38', '2011-12-05T08:38:00.000Z'],
    ['2011-12-05', '2011-12-05T00:00:00.000Z'],
    ['2011/12/5 8:38', '2011-12-05T08:38:00.000Z'],
    ['2011-12-05T08:38:09.1234Z', '2011-12-05T08:38:09.123Z'],
    ['2011-12-05T08:38:09,5+01:00', '2011-12-05T07:38:09.500Z'],
    ['2011-12-05 08:38:09 -0530', '2011-12-05T14:08:09.000Z'],
    ['2011-12-05T08:38+01', '2011-12-05T07:38:00.000Z'],
    ['2011-12-05 08:38 UTC', '2011-12-05T08:38:00.000Z'],
    ['2011-12-05 12:38 AM', '2011-12-05T00:38:00.000Z'],
    ['40882.359722222223', '2011-12-05T08:38:00.000Z'],
    ['40882,5', '2011-12-05T12:00:00.000Z'],
    ['40882', '2011-12-05T00:00:00.000Z'],
  ])('%s has one reading', (text, expected) => {
    const at = instantsOf(text);
    expect([iso(at.dmy), iso(at.mdy)]).toEqual([expected, expected]);
  });

  it.each([
    ['5/12/2011 8:38', '2011-12-05T08:38:00.000Z', '2011-05-12T08:38:00.000Z'],
    ['5-12-2011 08:38:09', '2011-12-05T08:38:09.000Z', '2011-05-12T08:38:09.000Z'],
    ['5/12/11', '2011-12-05T00:00:00.000Z', '2011-05-12T00:00:00.000Z'],
    ['5/12/99 8:38 pm', '1999-12-05T20:38:00.000Z', '1999-05-12T20:38:00.000Z'],
    ['5/12/2011, 12:38:09\u202fPM', '2011-12-05T12:38:09.000Z', '2011-05-12T12:38:09.000Z'],
    ['05/12/2011 12:38 a.m.', '2011-12-05T00:38:00.000Z', '2011-05-12T00:38:00.000Z'],
    ['13/5/2011 8:38', '2011-05-13T08:38:00.000Z', undefined],
    ['5/13/2011 8:38', undefined, '2011-05-13T08:38:00.000Z'],
    ['5.12.2011 8:38', '2011-12-05T08:38:00.000Z', undefined],
  ])('%s has two readings at most', (text, dmy, mdy) => {
    const at = instantsOf(text);
    expect([iso(at.dmy), iso(at.mdy)]).toEqual([dmy, mdy]);
  });

  it.each([
    ...['', 'soon', '2011-02-30', '2011-13-01', '31/2/2011', '29/2/2011 8:38', '2011-12-05 24:00', '2011-12-05 08:60'],
    ...['2011-12-05 08:38:60', '2011-12-05 13:38 PM', '2011-12-05 0:38 AM', '2011-12-05T08:38+15:00', '0011-12-05'],
    ...['2011-12/05', '5/12-2011', '20111205', '4088', '408820', '5/12/011', '2011-12-05 08', '2011-12-05T', '1e5'],
  ])('%j is none', (text) => {
    expect(instantsOf(text)).toEqual({});
  });
});

function rows(...texts: string[]): DatedRow[] {
  return texts.map((text, i) => ({ line: i + 2, text, at: instantsOf(text) }));
}

describe('the order of a file', () => {
  it.each([
    ['dmy', ['1/2/2011', '25/2/2011', '3/4/2011'], 'line 3 has "25/2/2011"'],
    ['mdy', ['1/2/2011', '2/25/2011', '3/4/2011'], 'line 3 has "2/25/2011"'],
    ['dmy', ['25/2/2011', '2/25/2011'], '1 dates do and 1 do not'],
    ['mdy', ['25/2/2011', '2/25/2011', '2/26/2011'], '2 dates do and 1 do not'],
    ['dmy', ['1/5/2011', '2/5/2011', '12/5/2011'], '11.0 days then in place of 334.0'],
    ['mdy', ['5/1/2011', '5/2/2011', '5/12/2011'], '11.0 days then in place of 334.0'],
    ['dmy', ['2/1/2011', '3/1/2011', '12/1/2011', '1/2/2011'], '30.0 days then in place of 333.0'],
    ['dmy', ['2011-05-01', '2/5/2011'], '1.0 days then in place of 85.0'],
    ['mdy', ['5/12/2011 8:38', '5/12/2011 9:00'], 'span the same time in both orders'],
    ['any', ['2011-12-05', '5/5/2011', '40882'], 'none of them can be read in two ways'],
  ])('is %s for %j', (order, texts, why) => {
    expect(dateOrderOf(rows(...texts))).toEqual({ order, why: expect.stringContaining(why) as string });
  });

  it('is what was asked for', () => {
    expect(dateOrderOf(rows('25/2/2011'), 'mdy')).toEqual({ order: 'mdy', why: '--dates mdy was given' });
  });
});
