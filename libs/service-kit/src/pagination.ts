import { z } from 'zod';
import { wholeNumber } from './validation.ts';

export interface Page<T> {
  items: T[];
  /** Passed back as `cursor`; absent on the last page. */
  nextCursor?: string;
}

/** `limit` of a list, from 1 to `max`. */
export function limitQuery(max: number, usual: number) {
  return wholeNumber(1, max)
    .optional()
    .transform((limit) => limit ?? usual)
    .meta({ type: 'integer', minimum: 1, maximum: max, default: usual });
}

/** What the schema of every cursor says about another one. */
export const notACursor = 'must be a cursor of this list';

/**
 * Of a list that is read page by page: `limit` from 1 to 100, default 50, and the `cursor` of an earlier page. The
 * cursor's schema has to take every text of its form, so that the API's description is true.
 */
export function pageQuery<Cursor extends z.ZodType>(cursor: Cursor) {
  return z.object({ cursor: cursor.optional(), limit: limitQuery(100, 50) });
}

/** A cursor of a list that is sorted by a text: its UTF-8 in hexadecimal digits, without NUL, which PostgreSQL rejects. */
export const textCursor = z
  .string()
  .regex(/^(?:0[1-9a-f]|[1-9a-f][0-9a-f]){1,1000}$/, notACursor)
  .transform((digits) => Buffer.from(digits, 'hex').toString());

export function textCursorOf(text: string): string {
  return Buffer.from(text).toString('hex');
}

/** Makes a page of items that were read with `limit + 1`. */
export function paginate<Item>(rows: readonly Item[], limit: number, cursorOf: (last: Item) => string): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, nextCursor: cursorOf(last) } : { items };
}
