/** Classes and codes that mean "the database can't now", not "the statement is wrong". See docs/adr/0004. */
const unavailable =
  /^(08|53|57|40001|40P01|55P03|25P03|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;

/** pg raises these without a code. */
const lostConnection = new RegExp(
  `^(${[
    'Connection terminated',
    'timeout exceeded when trying to connect',
    'Client has encountered a connection error',
    'Query read timeout',
    'Cannot use a pool after calling end',
  ].join('|')})`,
);

/** NUL and lone surrogates: valid JSON strings that PostgreSQL can't store. */
const unstorableText = new Set(['22021', '22P05']);

interface PostgresProblem {
  status: 400 | 503;
  detail: string;
  headers?: Record<string, string>;
  log?: 'warn';
}

/** What an error of pg means at the HTTP edge, before COMMIT was sent; after that it is a `CommitOutcomeUnknown`. */
export function postgresProblem(error: unknown): PostgresProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = codeOf(error);
  if (code !== undefined && unstorableText.has(code)) {
    return { status: 400, detail: 'A text contains a character that cannot be stored, such as U+0000.' };
  }
  if ((code !== undefined && unavailable.test(code)) || lostConnection.test(error.message)) {
    return {
      status: 503,
      detail: 'The database does not answer. Nothing was accepted; try again.',
      headers: { 'retry-after': '1' },
      log: 'warn',
    };
  }
  return undefined;
}

/** Lock conflicts: the database is there, and the same work may well succeed on its own. */
const conflict = /^(40001|40P01|55P03)$/;

/** Whatever else is asked of the database now would fail too. */
export function databaseIsAway(error: unknown): boolean {
  return postgresProblem(error)?.status === 503 && !conflict.test(codeOf(error as Error) ?? '');
}

/** TypeORM wraps the driver's error; Node gathers the failed attempts of a connect in an AggregateError. */
function codeOf(error: Error): string | undefined {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if ('driverError' in error && error.driverError instanceof Error) return codeOf(error.driverError);
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return codeOf(error.errors[0]);
  return undefined;
}
