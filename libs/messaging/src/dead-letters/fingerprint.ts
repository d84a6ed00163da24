import { createHash } from 'node:crypto';

/** Why a record failed, as its dead letter has it. */
export interface FailureReason {
  exceptionClass: string;
  /** The `code` of an `AppError`. */
  code?: string | undefined;
  message: string;
}

/** What differs between two failures of the same cause; the order matters, because quotes may hold the others. */
const variables: readonly (readonly [RegExp, string])[] = [
  // A message that was cut may end inside a quotation.
  [/"[^"]*(?:"|$)|`[^`]*(?:`|$)/g, '<value>'],
  // The apostrophe of a word such as "can't" quotes nothing.
  [/(?<!\w)'[^']*'(?!\w)/g, '<value>'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, '<uuid>'],
  [/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/gi, '<hex>'],
  [/\d+(?:[.,]\d+)*/g, '<n>'],
];

/** The message with everything replaced that belongs to one record only: quoted values, UUIDs, digits. */
export function normalised(message: string): string {
  return variables.reduce((text, [pattern, name]) => text.replace(pattern, name), message);
}

/** 16 hexadecimal digits that failures of the same cause share: the same class, code and message but for its values. */
export function fingerprintOf({ exceptionClass, code = '', message }: FailureReason): string {
  const text = [exceptionClass, code, normalised(message)].join('\n');
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
