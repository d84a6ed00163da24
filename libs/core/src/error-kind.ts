import { AppError, isError, type ErrorKind } from './errors.ts';

/** SQLSTATE: connection, resources, operator intervention, system, and transactions that lost against others. */
const transientState = /^(08|40|53|57|58)...$|^(55P03|25P03|25P04|25006)$/;

/** Node's system errors, undici's and nodemailer's, for a peer that can't be reached or doesn't answer. */
const transientCode =
  /^(ECONN\w*|ETIMEDOUT|ETIMEOUT|EPIPE|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN)|ESOCKET|EDNS|EMFILE|ENFILE|ENOSPC)$/;
const undiciCode = /^UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET)$/;

/** pg says these without a code. */
const pgMessage =
  /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection|Cannot use a pool after calling end)/;

interface Coded extends Error {
  code?: unknown;
  /** Where TypeORM keeps the error of pg. */
  driverError?: unknown;
}

/**
 * The kind of an error at both edges, from whatever source: that of the outermost `AppError` among the error and its causes,
 * or `unavailable` for what PostgreSQL, Kafka, SMTP or a socket can't do now. Undefined for a defect.
 * See docs/adr/0004.
 */
export function kindOf(error: unknown): ErrorKind | undefined {
  for (const link of causes<Coded>(error)) {
    if (link instanceof AppError) return link.kind;
    if (isTransient(link)) return 'unavailable';
  }
  return undefined;
}

export function isUnavailable(error: unknown): boolean {
  return kindOf(error) === 'unavailable';
}

/** A transaction that lost against others: what it needs is there, and the same work may succeed alone. */
export function isLockConflict(error: unknown): boolean {
  return /^(40001|40P01|55P03)$/.test(codeOf(error) ?? '');
}

/** The SQLSTATE or system code that comes first among the error and its causes. */
export function codeOf(error: unknown): string | undefined {
  for (const { code } of causes<Coded>(error)) if (typeof code === 'string') return code;
  return undefined;
}

function isTransient({ code, message }: Coded): boolean {
  if (typeof code === 'string') return transientState.test(code) || transientCode.test(code) || undiciCode.test(code);
  return pgMessage.test(message);
}

/**
 * The error, its causes and the members of aggregates, outermost first; bounded, because causes may form a ring. `E` says
 * which members a client's errors may have.
 */
export function* causes<E extends Error>(error: unknown, depth = 0): Generator<E> {
  if (!isError(error) || depth > 8) return;
  yield error as E;
  const { cause, driverError } = error as Coded;
  yield* causes<E>(cause, depth + 1);
  yield* causes<E>(driverError, depth + 1);
  if (!(error instanceof AggregateError)) return;
  for (const part of [error.errors].flat().slice(0, 8)) yield* causes<E>(part, depth + 1);
}
