import { createHash } from 'node:crypto';
import { causes } from './error-kind.ts';
import { AppError, errorOf } from './errors.ts';

/** Why something failed. */
export interface FailureReason {
  exceptionClass: string;
  /** The `code` of an `AppError`. */
  code?: string | undefined;
  message: string;
}

/** What may be written to a log or a trace about a record that failed: nothing that the record brought. */
export interface LoggedFailure extends FailureReason {
  fingerprint: string;
  /** Without its first lines, which repeat the message. */
  stack: string;
}

/** Of a message that are looked at; an error may quote all of a record. */
const mostCharacters = 10_000;

/** What differs between two failures of the same cause; the order matters, because quotes may hold the others. */
const variables: readonly (readonly [RegExp, string])[] = [
  // First, because a local part may have quotes of any kind but double ones.
  [/(?<![^\s<>"(),:;])[^\s<>"(),:;]{1,200}?@[^\s<>"(),:;]+/g, '<address>'],
  // PostgreSQL's names are no values, and say what is missing.
  [/\b(relation|table|column|constraint|schema|role|database) "([a-z_][a-z0-9_]{0,62})"/g, '$1 $2'],
  // A message that was cut may end inside a quotation. JSON escapes the quotes of a value.
  [/"(?:\\.|[^"\\])*(?:"|\\?$)/gs, '"<value>"'],
  [/`[^`]*(?:`|$)|“[^”]*(?:”|$)|«[^»]*(?:»|$)/g, '<value>'],
  // The apostrophe of a word such as "can't" quotes nothing.
  [/(?<!\w)'[^']*'(?!\w)/g, '<value>'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi, '<hex>'],
  [/\b\d+(?:[.,]\d+)*\b/g, '<n>'],
  // But not the version of a topic, as in `orders.v1`.
  [/\b(?!v\d{1,3}\b)(?=[a-z_]*\d)\w+\b/gi, '<id>'],
];

/**
 * The message with everything replaced that belongs to one record only: quoted values, addresses, UUIDs, digits. A line
 * that comes again, such as the same complaint about each element of a list, counts once.
 */
export function withoutValues(message: string): string {
  const text = variables.reduce((rest, [pattern, name]) => rest.replace(pattern, name), message);
  return [...new Set(text.split('\n'))].join('\n');
}

/** 16 hexadecimal digits that failures of the same cause share: the same class, code and message but for its values. */
export function fingerprintOf({ exceptionClass, code = '', message }: FailureReason): string {
  const text = [exceptionClass, code, withoutValues(message.slice(0, mostCharacters))].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

export function reasonOf(thrown: unknown): FailureReason {
  const error = errorOf(thrown);
  const code = error instanceof AppError ? error.code : undefined;
  return { exceptionClass: error.name, ...(code !== undefined && { code }), message: error.message };
}

/** The failure of a record for the log. The values are in its dead letter, which the fingerprint finds. */
export function loggedFailure(thrown: unknown): LoggedFailure {
  const reason = reasonOf(thrown);
  const frames = [...causes(thrown)].flatMap(({ stack = '' }) => stack.split('\n').filter(isFrame));
  return {
    ...reason,
    message: withoutValues(reason.message),
    fingerprint: fingerprintOf(reason),
    stack: frames.slice(0, 30).join('\n'),
  };
}

function isFrame(line: string): boolean {
  return /^ +at /.test(line);
}
