import { z } from 'zod';
import { longestTimerMs } from './time.ts';

/** The longest that a timer can wait, and 2 GiB: more than anything needs. */
const most = longestTimerMs;

/** A whole number of milliseconds, bytes or pieces. */
export function whole(least: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z.int(error).min(least, error).max(most, error);
}

/**
 * The options with their defaults. Throws a `TypeError` whose one sentence names the first option that is wrong.
 * `owner`: whose options they are, e.g. `a producer`.
 */
export function checked<S extends z.ZodType>(owner: string, schema: S, options: unknown): z.output<S> {
  const { success, data, error } = schema.safeParse(options);
  if (success) return data;
  const [issue] = error.issues;
  const path = issue?.path.map(String) ?? [];
  if (issue?.code === 'unrecognized_keys') {
    throw new TypeError(`${owner} has no option ${issue.keys.map((key) => [...path, key].join('.')).join(', ')}`);
  }
  throw new TypeError(`${owner}'s option ${path.join('.')} ${issue?.message}`);
}
