import { describe, expect, it } from 'vitest';
import { pageQuery, paginate, textCursor, textCursorOf } from './pagination.ts';

describe('pageQuery', () => {
  const query = pageQuery(textCursor);

  it('has a limit of 50 unless told otherwise', () => {
    expect(query.parse({})).toEqual({ limit: 50 });
    expect(query.parse({ limit: '100', cursor: '61' })).toEqual({ limit: 100, cursor: 'a' });
  });

  it.each(['0', '101', '-1', '1.5', 'ten', '', '1e1'])('refuses the limit %j', (limit) => {
    expect(query.safeParse({ limit }).success).toBe(false);
  });
});

describe('textCursor', () => {
  it.each(['a', 'ä/&?', '日本'])('comes back as it was: %s', (text) => {
    expect(textCursor.parse(textCursorOf(text))).toBe(text);
  });

  it.each(['', 'nope', '6', '00', '6100', 'FF', '61 '])('is refused when it is not one of ours: %j', (cursor) => {
    expect(textCursor.safeParse(cursor).success).toBe(false);
  });

  it('takes everything that has its form: bytes that are no UTF-8 name a place, too', () => {
    expect(textCursor.safeParse('ff').success).toBe(true);
  });
});

describe('paginate', () => {
  const page = (rows: number[], limit: number) => paginate(rows, limit, (last) => `after ${last}`);

  it('has a cursor only when one more row was found', () => {
    expect(page([1, 2], 2)).toEqual({ items: [1, 2] });
    expect(page([1, 2, 3], 2)).toEqual({ items: [1, 2], nextCursor: 'after 2' });
    expect(page([], 2)).toEqual({ items: [] });
  });
});
