import { AppError, CommitOutcomeUnknown } from '../errors.ts';

/**
 * What a consumer does about an error (design §4):
 * - `unavailable`: wait and run the batch again, for ever; nothing is counted
 * - `invalid`: dead letter at once
 * - `settled`: acknowledge, the effect took place some other way
 * - `retry`: park and try again, or in place where that is impossible; dead letter after the last attempt
 */
export type Verdict = 'unavailable' | 'invalid' | 'settled' | 'retry';

const verdicts = { unavailable: 'unavailable', invalid: 'invalid', conflict: 'settled', 'not-found': 'retry' } as const;

/** SQLSTATE: connection, resources, operator intervention, system, and transactions that lost against others. */
const transientState = /^(08|40|53|57|58)...$|^(55P03|25P03|25P04|25006)$/;

/** Node's system errors, undici's and nodemailer's, for a peer that can't be reached or doesn't answer. */
const transientCode =
  /^(ECONN\w*|ETIMEDOUT|ETIMEOUT|EPIPE|ENOTFOUND|EAI_AGAIN|E(HOST|NET)(UNREACH|DOWN)|ESOCKET|EDNS|EMFILE|ENFILE|ENOSPC)$/;
const undiciCode = /^UND_ERR_(CONNECT_TIMEOUT|HEADERS_TIMEOUT|BODY_TIMEOUT|SOCKET)$/;

/** pg says these without a code. */
const pgMessage =
  /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout|Client has encountered a connection)/;

interface Coded extends Error {
  code?: unknown;
}

export function classify(error: unknown): Verdict {
  for (const link of causes(error)) {
    if (link instanceof AppError) return verdicts[link.kind];
    // Run again: the inbox tells whether it was committed.
    if (link instanceof CommitOutcomeUnknown || isTransient(link)) return 'unavailable';
  }
  return 'retry';
}

function isTransient({ code, message }: Coded): boolean {
  if (typeof code === 'string') return transientState.test(code) || transientCode.test(code) || undiciCode.test(code);
  return pgMessage.test(message);
}

/** The error, its causes and the members of aggregates, outermost first; bounded, because causes may form a ring. */
function* causes(error: unknown, depth = 0): Generator<Coded> {
  if (!(error instanceof Error) || depth > 8) return;
  yield error;
  yield* causes(error.cause, depth + 1);
  if (error instanceof AggregateError) for (const member of error.errors.slice(0, 8)) yield* causes(member, depth + 1);
}
