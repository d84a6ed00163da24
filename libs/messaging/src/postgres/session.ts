import { isStaleSession, messageOf } from '@sluice/core';
import pg from 'pg';

/** The standard's SQLSTATE for a connection that could not be made. */
const noConnection = '08001';

const unanswered = 'Query read timeout';

/**
 * The connections of every pool of a service: one that can't be relied on any more ends itself, so that no pool hands it
 * out again, by any of its users. `pg` keeps one whose statement was not answered, and the next statement waits behind that one.
 */
export class Session extends pg.Client {
  /** By performance.now(). */
  readonly openedAt = performance.now();
  /** Why it has ended. */
  endedBy: Error | undefined;
  /** Other sessions of the time when it was opened may have the same fault. */
  endedItself = false;

  constructor(config?: pg.ClientConfig) {
    super(config);
    // A session may break before the caller of the pool has it: the end of the process without a listener.
    this.on('error', (error) => void (this.endedBy ??= error));
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, session: pg.Client) => void)): void;
  override connect(callback?: (...answer: never[]) => void): Promise<pg.Client> | void {
    if (callback === undefined) {
      return super.connect().catch((error: unknown) => {
        throw this.#connectError(error);
      });
    }
    super.connect((error: Error | null) => {
      Reflect.apply(callback, undefined, error ? [this.#connectError(error)] : [null, this]);
    });
  }

  override query(...args: unknown[]): never {
    const answer: unknown = super.query(...(args as [string]));
    // Before the caller sees the error: it must not use the session again.
    if (answer instanceof Promise) answer.catch((error: unknown) => this.#endAfter(error));
    return answer as never;
  }

  /** Whatever it is refused for: nothing was asked yet, so it is never about what was to be done. */
  #connectError(cause: unknown): Error {
    // `pg` keeps the socket when it is the one that gives up.
    void this.end();
    const message = `no connection to the database: ${messageOf(cause)}`;
    return Object.assign(new Error(message, { cause }), { code: noConnection });
  }

  #endAfter(error: unknown): void {
    if (!(error instanceof Error)) return;
    if (error.message !== unanswered && !isStaleSession(error)) return;
    this.endedBy ??= error;
    this.endedItself = true;
    void this.end();
  }
}

/** One that a pool has handed out. */
export type PooledSession = pg.PoolClient & Pick<Session, 'openedAt' | 'endedBy' | 'endedItself'>;

/** Throws a `TypeError` unless the pool was made with `Client: Session`. */
export function assertSessions(pool: pg.Pool): void {
  if (pool.options.Client !== Session) throw new TypeError('the pool must be made with `Client: Session`');
}
