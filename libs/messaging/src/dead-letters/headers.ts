import { type Header, headerOf, type IncomingRecord } from '@sluice/kafka';
import { replayHeader } from '../envelope/envelope.ts';

/** What a dead letter says about itself, in addition to the headers of the record that failed. */
export const deadLetterHeader = {
  id: 'x-dead-letter-id',
  fingerprint: 'x-fingerprint',
  topic: 'x-original-topic',
  partition: 'x-original-partition',
  offset: 'x-original-offset',
  timestamp: 'x-original-timestamp',
  exceptionClass: 'x-exception-class',
  exceptionCode: 'x-exception-code',
  message: 'x-exception-message',
  stack: 'x-exception-stacktrace',
  attempts: 'x-attempts',
  group: 'x-consumer-group',
  /** Bytes of the whole record, when some of it was cut: such a dead letter can be read, not replayed. */
  truncated: 'x-truncated',
} as const;

const deadLetterOnly = new Set<string>(Object.values(deadLetterHeader));

/** Stands in a dead letter before the name of a header that the record had, and that is called like one of the above. */
const ownPrefix = 'x-own-';

/** A record's headers in its dead letter: all of them, such that a foreign record can't pose as a dead letter. */
export function withOwnNames(headers: readonly Header[]): Header[] {
  return headers.map(([name, value]) => [
    deadLetterOnly.has(name) || name.startsWith(ownPrefix) ? ownPrefix + name : name,
    value,
  ]);
}

/** The headers of the record of a dead letter, as they were. */
export function originalHeaders(headers: readonly Header[]): Header[] {
  return headers
    .filter(([name]) => !deadLetterOnly.has(name))
    .map(([name, value]) => [name.startsWith(ownPrefix) ? name.slice(ownPrefix.length) : name, value]);
}

/** With `added` in place of headers of the same names. */
export function withHeaders(
  headers: readonly Header[],
  added: Record<string, string>,
): Header<Buffer | string | null>[] {
  return [...headers.filter(([name]) => !Object.hasOwn(added, name)), ...Object.entries(added)];
}

/** How often a record was replayed before; 0 when it never was, or when the header is nonsense. */
export function replayCountOf({ headers }: Pick<IncomingRecord, 'headers'>): number {
  const text = headerOf(headers, replayHeader.count)?.toString() ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : 0;
}
