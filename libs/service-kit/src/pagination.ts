import { z } from 'zod';
import { InvalidRequest, wholeNumber } from './validation.ts';

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

/** Of a list that is read page by page: `limit` from 1 to 100, default 50, and the `cursor` of an earlier page. */
export const pageQuery = z.object({
  cursor: z
    .string()
    .max(512)
    .regex(/^[\w-]+$/, 'must be a cursor of this list')
    .optional(),
  limit: limitQuery(100, 50),
});
export type PageQuery = z.infer<typeof pageQuery>;

/** Opaque to callers: base64url of the last item's sort key. */
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

/** Makes a page of items that were read with `limit + 1`. */
export function paginate<Item>(rows: readonly Item[], limit: number, sortKey: (last: Item) => unknown): Page<Item> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return rows.length > limit && last !== undefined ? { items, nextCursor: encodeCursor(sortKey(last)) } : { items };
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
