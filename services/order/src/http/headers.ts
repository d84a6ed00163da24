import { hash } from 'node:crypto';
import { InvalidRequest } from '@sluice/service-kit';

export const idempotencyKeyHeader = 'idempotency-key';

export const idempotencyKeyForm = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** The caller's Idempotency-Key, if it sent one: 1 to 255 printable ASCII characters, else 400. */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header === 'string' && idempotencyKeyForm.test(header)) return header;
  throw new InvalidRequest([{ path: [idempotencyKeyHeader], message: 'must be 1 to 255 printable ASCII characters' }]);
}

/** Same key and same fingerprint is a repetition. `request` has been through its schema, so its members are in order. */
export function fingerprintOf(request: unknown): string {
  return hash('sha256', JSON.stringify(request), 'base64url');
}

/** Seconds of `Prefer: wait=N` (RFC 7240), or undefined: a preference that isn't understood is ignored. */
export function preferredWaitOf(header: string | string[] | undefined): number | undefined {
  const found = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(String(header ?? ''));
  return found ? Number(found[1]) : undefined;
}
