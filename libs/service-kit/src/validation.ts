import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { currencyCodes } from '@sluice/core';
import { z } from 'zod';
import { ProblemException } from './problem.ts';

type Issues = readonly { message: string; path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined }[];

/** A body of a thousand bad lines must not be answered by megabytes. */
const maxErrors = 20;

/** 400 with `errors: [{ path, message }]`, each naming the field. */
export class InvalidRequest extends ProblemException {
  constructor(issues: Issues, at?: string) {
    const errors = issues.slice(0, maxErrors).map(({ path = [], message }) => ({ path: pathOf(path, at), message }));
    const [first] = errors;
    const place = first?.path ? `${first.path}: ` : '';
    super(400, 'invalid-request', `${place}${first?.message ?? 'invalid'}`, { errors });
  }
}

/** Nest's pipe for Standard Schemas, with our error, and the name of the query or path parameter in it. */
export class RequestValidationPipe extends StandardSchemaValidationPipe {
  override async transform<T>(value: T, { schema, type, data }: ArgumentMetadata): Promise<T> {
    if (!schema || type === 'custom') return value;
    const result = await schema['~standard'].validate(value);
    if (result.issues) throw new InvalidRequest(result.issues, type === 'body' ? undefined : data);
    return result.value as T;
  }
}

/**
 * A whole number in decimal digits, of a query or a variable. There is always a most: without one a time becomes a timer
 * that ends at once, or a date that does not exist.
 */
export function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message);
}

/** No control characters, NUL among them. As text, because linters reject it as a literal. */
export const printable = new RegExp(String.raw`^[^\u0000-\u001f\u007f-\u009f]*$`);

/** Text that PostgreSQL can store and a log can show; `min` and `max` count characters, as JSON Schema does. */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min)
    .regex(printable, 'must not contain control characters')
    .refine((value) => value.isWellFormed(), 'must not contain halves of characters')
    .refine((value) => fits(value, max), `must have at most ${max} characters`)
    .meta({ maxLength: max });
}

/** Whether a text has at most `max` characters: those outside of the first plane count once, not twice. */
function fits(value: string, max: number): boolean {
  return value.length <= max || (value.length <= 2 * max && [...value].length <= max);
}

/** A currency that money can be in today. */
export const currencyCode = z.enum(currencyCodes, 'must be a current code of ISO 4217');

/** For `@Param('id', { schema: uuidParam })`: malformed is 400, unknown is the use case's 404. */
export const uuidParam = z.uuid('must be a UUID');

function pathOf(path: NonNullable<Issues[number]['path']>, at: string | undefined): string {
  const segments = path.map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  return [...(at ? [at] : []), ...segments].join('.');
}
