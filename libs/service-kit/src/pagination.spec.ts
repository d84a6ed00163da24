import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor, pageQuery, paginate } from './pagination.ts';
import { InvalidRequest } from './validation.ts';

describe('pageQuery', () => {
  it('has a limit of 50 unless told otherwise', () => {
    expect(pageQuery.parse({})).toEqual({ limit: 50 });
    expect(pageQuery.parse({ limit: '100' })).toEqual({ limit: 100 });
  });

  it.each(['0', '101', '-1', '1.5', 'ten', '', '1e1'])('refuses the limit %j', (limit) => {
    expect(pageQuery.safeParse({ limit }).success).toBe(false);
  });
});

describe('cursor', () => {
  it('comes back as it was', () => {
    expect(decodeCursor(encodeCursor(['2024', 'ä']), z.array(z.string()))).toEqual(['2024', 'ä']);
    expect(decodeCursor(undefined, z.string())).toBeUndefined();
  });

  it.each(['bm9wZQ', encodeCursor(42)])('is refused when it is not one of ours: %s', (cursor) => {
    expect(() => decodeCursor(cursor, z.string())).toThrow(InvalidRequest);
  });
});

describe('paginate', () => {
  const page = (rows: number[], limit: number) => paginate(rows, limit, (last) => last * 10);

  it('has a cursor only when one more row was found', () => {
    expect(page([1, 2], 2)).toEqual({ items: [1, 2] });
    expect(page([1, 2, 3], 2)).toEqual({ items: [1, 2], nextCursor: encodeCursor(20) });
    expect(page([], 2)).toEqual({ items: [] });
  });
});
