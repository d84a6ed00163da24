import { z } from 'zod';
import { InvalidRequest } from './validation.ts';

export interface Page<T> {
  items: T[];
  /** Passed back as `cursor`; absent on the last page. */
  nextCursor?: string;
}

/** `limit` of a list: 1 to 100, default 50. */
export const limitQuery = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
  .transform(Number)
  .refine((limit) => limit >= 1 && limit <= 100, 'must be a whole number from 1 to 100')
  .optional()
  .transform((limit) => limit ?? 50)
  .meta({ type: 'integer', minimum: 1, maximum: 100, default: 50 });

/** Opaque to callers: base64url of the last item's sort key. */
export const cursorQuery = z
  .string()
  .max(512)
  .regex(/^[\w-]+$/, 'must be a cursor of this list')
  .optional();

export const pageQuery = z.object({ cursor: cursorQuery, limit: limitQuery });
export type PageQuery = z.infer<typeof pageQuery>;

export function encodeCursor(key: unknown): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Throws a 400 that names `cursor` when it isn't one of ours. */
export function decodeCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined;
  const result = schema.safeParse(parse(cursor));
  if (!result.success) throw new InvalidRequest([{ message: 'must be a cursor of this list', path: ['cursor'] }]);
  return result.data;
}

/** Makes a page of rows that were read with `limit + 1`. */
export function paginate<Row, Item>(
  rows: Row[],
  limit: number,
  toItem: (row: Row) => Item,
  sortKey: (row: Row) => unknown,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(toItem);
  return rows.length > limit && last !== undefined ? { items, nextCursor: encodeCursor(sortKey(last)) } : { items };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
