import { randomBytes } from 'node:crypto';

/** A name that no earlier run has used, e.g. `orders-m3k1x9-4f2a`: for topics, groups and (with `_`) databases. */
export function freshName(prefix: string, separator = '-'): string {
  return [prefix, Date.now().toString(36), randomBytes(3).toString('hex')].join(separator);
}
