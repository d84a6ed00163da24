import { Logger } from '@nestjs/common';
import type pg from 'pg';
import type { QueryConfig, QueryResult } from 'pg';
import { errorOf, isIdleInTransaction, isStaleSession, isUnavailable, OutcomeUnknown } from '@sluice/core';
import { transactionSpan } from '../tracing/transaction-span.ts';
import { Transactions, type Transaction } from '../transaction.ts';
import { assertSessions, type PooledSession } from './session.ts';

/** Longest wait for the answer to a statement of our own; a session that is slower is taken for broken. */
const answerTimeoutMs = 8_000;

/** Of a statement that waits for no lock and does no work: as long as connecting may take. */
const controlTimeoutMs = 3_000;

/** What stands behind the opaque `Transaction`. */
class OpenTransaction {
  open = true;
  committed = false;
  savepoints = 0;
  readonly afterCommit: (() => void)[] = [];
  #broken: Error | undefined;

  constructor(readonly client: PooledSession) {}

  get opaque(): Transaction {
    return this as unknown as Transaction;
  }

  get broken(): Error | undefined {
    return this.#broken ?? this.client.endedBy;
  }

  /** The session is thrown away at the end. */
  breakBecause(error: unknown): void {
    this.#broken ??= errorOf(error);
  }

  control(text: string, timeoutMs = controlTimeoutMs): Promise<QueryResult> {
    return this.client.query(withTimeout({ text }, timeoutMs));
  }

  /** Never rejects: when it fails the connection is thrown away, which undoes even more. */
  async undo(text: string): Promise<void> {
    if (this.broken) return;
    await this.control(text).catch((error: unknown) => this.breakBecause(error));
  }
}

function withTimeout(query: QueryConfig, timeoutMs: number): QueryConfig & { query_timeout: number } {
  return { ...query, query_timeout: timeoutMs };
}

function inside(tx: Transaction): OpenTransaction {
  const found: unknown = tx;
  if (!(found instanceof OpenTransaction)) throw new TypeError('not a transaction of PostgresTransactions');
  // A query after the end would run on a connection that already serves someone else: a promise was not awaited.
  if (!found.open) throw new Error('the transaction is over');
  return found;
}

/** The connection of a transaction, for adapters. Never keep it longer than the call it was fetched for. */
export function pgClient(tx: Transaction): pg.PoolClient {
  return inside(tx).client;
}

/** Runs `callback` once COMMIT has succeeded; never after a rollback, also one to an enclosing savepoint. */
export function afterCommit(tx: Transaction, callback: () => void): void {
  inside(tx).afterCommit.push(callback);
}

/**
 * Runs `work` so that its failure undoes only what it did: rolls back to where it started and rethrows. May be nested,
 * not run side by side. When the connection breaks, `work`'s rejection is passed on and the transaction is lost.
 */
export async function savepoint<T>(tx: Transaction, work: () => Promise<T>): Promise<T> {
  const inner = inside(tx);
  const name = `s${++inner.savepoints}`;
  const callbacks = inner.afterCommit.length;
  await inner.control(`savepoint ${name}`);
  try {
    const result = await work();
    await inner.control(`release savepoint ${name}`);
    return result;
  } catch (error) {
    inner.afterCommit.length = callbacks;
    await inner.undo(`rollback to savepoint ${name}; release savepoint ${name}`);
    throw error;
  }
}

/**
 * Transactions on a pool of `Session`s. The pool's `connectionTimeoutMillis` bounds the wait for a connection and the
 * session's timeouts bound statements: the maker of the pool sets both. See docs/adr/0006.
 */
export class PostgresTransactions extends Transactions {
  readonly #logger = new Logger(PostgresTransactions.name);
  /** Sessions that were opened before this, by performance.now(), have what ended another one. */
  #distrustedUntil = -Infinity;

  constructor(private readonly pool: pg.Pool) {
    super();
    assertSessions(pool);
  }

  /**
   * Commits when `work` resolves, rolls back when it rejects; `work` is called once more when only its session was at
   * fault. Rejects with `OutcomeUnknown` when the answer to COMMIT was lost: callers must be idempotent.
   */
  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return transactionSpan(() => this.#onSession((session) => this.#runIn(session, work)));
  }

  /** One statement by itself, committed when it resolves; for housekeeping that belongs to no business transaction. */
  query<Row extends pg.QueryResultRow>(query: QueryConfig): Promise<QueryResult<Row>> {
    return this.#onSession((session) => queryIn<Row>(session, query));
  }

  /** `work` releases the session. */
  async #onSession<T>(work: (session: PooledSession) => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const session = await this.#session();
    try {
      return await work(session);
    } catch (error) {
      const isNew = session.openedAt >= startedAt;
      if (session.endedItself) this.#distrustedUntil = performance.now();
      if (isNew || !isStaleSession(error)) throw error;
      return await work(await this.#session());
    }
  }

  async #session(): Promise<PooledSession> {
    for (;;) {
      const session = (await this.pool.connect()) as PooledSession;
      if (session.openedAt >= this.#distrustedUntil) return session;
      session.release(true);
    }
  }

  async #runIn<T>(session: PooledSession, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const inner = new OpenTransaction(session);
    try {
      await inner.control('begin');
      const result = await work(inner.opaque);
      inner.open = false;
      // Known to be lost before COMMIT was sent, so nothing is unknown.
      if (inner.broken) throw inner.broken;
      await commit(inner);
      return result;
    } catch (error) {
      await inner.undo('rollback');
      throw reasonOf(error, inner);
    } finally {
      inner.open = false;
      inner.client.release(inner.broken);
      if (inner.committed) this.#notify(inner.afterCommit);
    }
  }

  #notify(callbacks: readonly (() => void)[]): void {
    for (const callback of callbacks) {
      try {
        callback();
      } catch (error) {
        // Not the caller's error: what it asked for is committed.
        this.#logger.error({ err: error }, 'a callback after commit failed');
      }
    }
  }
}

async function queryIn<Row extends pg.QueryResultRow>(
  session: PooledSession,
  query: QueryConfig,
): Promise<QueryResult<Row>> {
  let hasFailed = true;
  try {
    const result = await session.query<Row>(withTimeout(query, answerTimeoutMs));
    hasFailed = false;
    return result;
  } finally {
    session.release(hasFailed);
  }
}

async function commit(inner: OpenTransaction): Promise<void> {
  const { command } = await inner.control('commit', answerTimeoutMs).catch((error: unknown) => {
    if (answered(error)) throw error;
    const unknown = new OutcomeUnknown(
      'The answer to COMMIT was lost. Ask for the outcome, or try again with the same key or id.',
      { cause: error },
    );
    inner.breakBecause(unknown);
    throw unknown;
  });
  // PostgreSQL answers the COMMIT of a failed transaction with ROLLBACK: the work swallowed a query's error.
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back: an earlier statement had failed');
  inner.committed = true;
}

/** That a session is gone says less than why, when that is the fault of what worked in it. */
function reasonOf(error: unknown, { broken }: OpenTransaction): unknown {
  return isUnavailable(error) && isIdleInTransaction(broken) ? broken : error;
}

/** PostgreSQL itself refused, so nothing was committed; not so when it lost or cut the connection meanwhile. */
function answered(error: unknown): boolean {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^(?!08|57)[0-9A-Z]{5}$/.test(code);
}
