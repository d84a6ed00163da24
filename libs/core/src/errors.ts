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

/** Whatever was thrown, as an error. */
export function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** For a log line or a report, of whatever was thrown; the messages of its members for an aggregate without its own. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join(', ');
  return errorOf(error).message;
}
