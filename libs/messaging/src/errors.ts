/** How an error is treated at both edges: as an HTTP status and as a consumer's next step. See docs/adr/0004. */
export type ErrorKind = 'invalid' | 'not-found' | 'conflict' | 'unavailable';

export interface AppErrorOptions extends ErrorOptions {
  /** Members added to the problem document, e.g. `orderId`. Never put secrets or causes here. */
  details?: Record<string, unknown>;
  /** Seconds after which a caller may try again; sent as `Retry-After`. Default for `unavailable`: 1. */
  retryAfterSeconds?: number;
}

/** An expected failure. Anything thrown that is not one of these is a defect: 500, or bounded retries. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  /** Stable identifier in kebab-case, e.g. `order-not-found`; the last part of the problem's `type`. */
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
 * COMMIT was sent and its answer was lost (`cause`): what it wrote may exist or not. HTTP says 504; a consumer treats it
 * like its cause and runs again. Callers repeat with the same key or id.
 */
export class CommitOutcomeUnknown extends Error {
  constructor(cause: unknown) {
    super('the answer to COMMIT was lost: the outcome is unknown', { cause });
    this.name = 'CommitOutcomeUnknown';
  }
}
