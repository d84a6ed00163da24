import { AppError, isError, type ErrorKind } from './errors.ts';

/** SQLSTATE: connection, login, resources, operator intervention, system, and transactions that lost against others. */
const transientState = /^(08|28|40|53|57|58)...$|^(3D000|55P03|25P03|25P04)$/;

/** SQLSTATE of a schema, table, column, function or right that isn't there. */
const missingState = /^(3F000|42P01|42703|42883|42501)$/;

/** Node's system errors, undici's and nodemailer's, for a peer that can't be reached or doesn't answer. */
const transientCode =
  /^(ECONN\w*|ETIMEDOUT|ETIMEOUT|EPIPE|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN)|ESOCKET|EDNS|EMFILE|ENFILE|ENOSPC)$/;
const undiciCode = /^UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET)$/;

/** pg says these without a code. */
const pgMessage =
  /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection|Client was closed|Cannot use a pool after calling end)/;

interface Coded extends Error {
  code?: unknown;
  /** Of PostgreSQL's source: what it says of an error in every language. */
  routine?: unknown;
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

/**
 * The session is at fault, and the same work may succeed on a new one: it was opened while the database was read-only, or
 * it prepared a statement that is gone or whose result has other columns now.
 */
export function isStaleSession(error: unknown): boolean {
  for (const link of causes<Coded>(error)) {
    if (link instanceof AppError) return false;
    if (isStale(link)) return true;
  }
  return false;
}

/**
 * PostgreSQL has ended the session, because nothing was asked in its transaction for too long: what works in it was too
 * slow. Nothing took effect, so a caller may try again, but a consumer counts it.
 */
export function isIdleInTransaction(error: unknown): boolean {
  return codeOf(error) === '25P03';
}

/** The database lacks what a statement names, or the right to it: a fault of the deployment, unless others succeed. */
export function isMissingInDatabase(error: unknown): boolean {
  return kindOf(error) === undefined && missingState.test(codeOf(error) ?? '');
}

/** The SQLSTATE or system code that comes first among the error and its causes. */
export function codeOf(error: unknown): string | undefined {
  for (const { code } of causes<Coded>(error)) if (typeof code === 'string') return code;
  return undefined;
}

function isTransient(link: Coded): boolean {
  const { code, message } = link;
  if (typeof code !== 'string') return pgMessage.test(message);
  return transientState.test(code) || transientCode.test(code) || undiciCode.test(code) || isStale(link);
}

/** 0A000 stands for whatever is not supported; only this routine means a plan that was kept for too long. */
function isStale({ code, routine }: Coded): boolean {
  return code === '25006' || code === '26000' || (code === '0A000' && routine === 'RevalidateCachedQuery');
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
