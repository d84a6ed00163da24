/** How an error is treated at both edges: as an HTTP status and as a consumer's next step. See docs/adr/0004. */
export type ErrorKind = 'invalid' | 'not-found' | 'conflict' | 'unavailable' | 'outcome-unknown';

export interface AppErrorOptions extends ErrorOptions {
  /** Members added to the problem document, e.g. the id of what was not found. Never put secrets or causes here. */
  details?: Record<string, unknown>;
  /** Seconds after which a caller may try again; sent as `Retry-After`. Default for `unavailable`: 1. */
  retryAfterSeconds?: number;
}

/** An expected failure. Anything thrown that is not one of these is a defect: 500, or bounded retries. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  /** Stable identifier in kebab-case, e.g. `user-not-found`; the last part of the problem's `type`. */
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options);
    this.name = 'AppError';
    this.kind = kind;
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds ?? (kind === 'unavailable' ? 1 : undefined);
  }
}

/**
 * The work may have taken effect or not, e.g. because the answer to COMMIT was lost (`cause`). Callers ask, or repeat with
 * the same key or id; a consumer runs again and finds in the inbox what was committed.
 */
export class OutcomeUnknown extends AppError {
  constructor(message: string, options: AppErrorOptions = {}) {
    super('outcome-unknown', 'outcome-unknown', message, options);
    this.name = 'OutcomeUnknown';
  }
}

/**
 * Whatever was thrown, as an error that can be read; the same one when it can be already. Never throws, for a program may
 * throw anything: undefined, an object without a text, an error whose message is a getter that throws.
 */
export function errorOf(thrown: unknown): Error {
  if (isError(thrown)) return thrown;
  const error = new Error(textMember(thrown, 'message') ?? textOf(thrown));
  error.name = textMember(thrown, 'name') ?? error.name;
  return error;
}

/** For a log line or a report, of whatever was thrown; the messages of its members for an aggregate without its own. */
export function messageOf(thrown: unknown): string {
  return textWithMembers(thrown, 0);
}

/** Whether it is an error of which all that is ever looked at can be read. Never throws. */
export function isError(thrown: unknown): thrown is Error {
  try {
    if (!(thrown instanceof Error)) return false;
    const { name, message, stack = '' } = membersOf(thrown);
    return [name, message, stack].every((text) => typeof text === 'string');
  } catch {
    return false;
  }
}

/** Throws what a getter throws. */
function membersOf(of: object): Record<string, unknown> {
  const names = ['name', 'message', 'stack', 'code', 'cause', 'driverError', 'errors'];
  return Object.fromEntries(names.map((name) => [name, (of as Record<string, unknown>)[name]]));
}

function textMember(of: unknown, name: string): string | undefined {
  try {
    const text = (of as Record<string, unknown> | null | undefined)?.[name];
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}

function textWithMembers(thrown: unknown, depth: number): string {
  const error = errorOf(thrown);
  // Bounded, because an aggregate may contain itself.
  if (!(error instanceof AggregateError) || error.message !== '' || depth > 8) return error.message;
  return [error.errors]
    .flat()
    .map((member) => textWithMembers(member, depth + 1))
    .join(', ');
}

/** The text of an object would be "[object Object]", or another exception. */
function textOf(thrown: unknown): string {
  const isPlain = (typeof thrown !== 'object' || thrown === null) && typeof thrown !== 'function';
  return isPlain ? String(thrown) : `something without a message was thrown (${typeof thrown})`;
}
