import { context, type Context } from '@opentelemetry/api';
import { AppError, isLockConflict, isUnavailable, OutcomeUnknown } from '@sluice/core';
import { onBehalfOf } from './tracing/participants.ts';
import type { Transaction, Transactions } from './transaction.ts';

export interface GroupCommitOptions<Request> {
  /** Named in the refusal, e.g. `intake`. */
  name: string;
  /** Requests of one transaction; default 128. */
  maxBatch?: number;
  /** Requests that wait for their transaction; one more is refused. Default 1,000. */
  maxQueued?: number;
  /** Rows that a request writes, default 1: the second measure of both limits, `rowsPerRequest` times as large. */
  rowsOf?: (request: Request) => number;
  /** Default 1. */
  rowsPerRequest?: number;
  /**
   * Who has waited longer than this when the database fails another transaction is refused with it, instead of waiting for
   * that to happen again; milliseconds, default 1,000.
   */
  outageWaitMs?: number;
  /** Called after each commit. */
  onCommit?: (committed: CommittedBatch) => void;
}

export interface CommittedBatch {
  /** Requests. */
  size: number;
  /** From the submit of its first request to the commit. */
  waitMs: number;
}

interface Waiting<Request, Outcome> {
  request: Request;
  /** Its trace. */
  origin: Context;
  /** By performance.now(). */
  since: number;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

const defaults = {
  ...{ maxBatch: 128, maxQueued: 1_000, outageWaitMs: 1_000 },
  ...{ rowsOf: () => 1, rowsPerRequest: 1, onCommit: () => undefined },
};

/**
 * Concurrent requests share a transaction: one commit and one statement for many. There is one transaction at a time.
 * An idle queue is flushed at once; what arrives during a flush leaves together after it. See docs/adr/0003.
 */
export class GroupCommit<Request, Outcome> {
  readonly #options: Required<GroupCommitOptions<Request>>;
  readonly #queue: Waiting<Request, Outcome>[] = [];
  #queuedRows = 0;
  #flushing = false;

  constructor(
    private readonly transactions: Transactions,
    /** Outcomes in the order of the requests. Keeps no state: it runs again, for each request alone, when a batch fails. */
    private readonly work: (tx: Transaction, requests: Request[]) => Promise<Outcome[]>,
    options: GroupCommitOptions<Request>,
  ) {
    this.#options = { ...defaults, ...options };
  }

  get queued(): number {
    return this.#queue.length;
  }

  get full(): boolean {
    const { maxQueued, rowsPerRequest } = this.#options;
    return this.#queue.length >= maxQueued || this.#queuedRows >= maxQueued * rowsPerRequest;
  }

  /**
   * Resolves after the commit. Rejects with an `unavailable` AppError when the queue is full, and with
   * `OutcomeUnknown` when COMMIT was not answered; nothing was written unless it is the latter.
   */
  async submit(request: Request): Promise<Outcome> {
    const { name, rowsOf } = this.#options;
    if (this.full) {
      throw new AppError('unavailable', `${name}-full`, `The queue of the ${name} is full; nothing was accepted.`);
    }
    return new Promise<Outcome>((resolve, reject) => {
      this.#queue.push({ request, origin: context.active(), since: performance.now(), resolve, reject });
      this.#queuedRows += rowsOf(request);
      if (this.#flushing) return;
      this.#flushing = true;
      // After the sockets that are readable now have been read: their requests join the batch.
      setImmediate(() => void this.#flushAll());
    });
  }

  async #flushAll(): Promise<void> {
    while (this.#queue.length > 0) await this.#flush(this.#takeBatch());
    this.#flushing = false;
  }

  /** The oldest requests, within the limits of a batch; at least one, however large it is. */
  #takeBatch(): Waiting<Request, Outcome>[] {
    const { maxBatch, rowsPerRequest, rowsOf } = this.#options;
    let size = 0;
    let rows = 0;
    for (const { request } of this.#queue) {
      const more = rowsOf(request);
      if (size === maxBatch || (size > 0 && rows + more > maxBatch * rowsPerRequest)) break;
      size += 1;
      rows += more;
    }
    this.#queuedRows -= rows;
    return this.#queue.splice(0, size);
  }

  async #flush(batch: Waiting<Request, Outcome>[]): Promise<void> {
    const requests = batch.map(({ request }) => request);
    const origins = batch.map(({ origin }) => origin);
    let outcomes: Outcome[];
    try {
      outcomes = await onBehalfOf(origins, () => this.transactions.run((tx) => this.work(tx, requests)));
    } catch (error) {
      return this.#fail(batch, error);
    }
    batch.forEach(({ resolve }, i) => resolve(outcomes[i]!));
    this.#options.onCommit({ size: batch.length, waitMs: performance.now() - batch[0]!.since });
  }

  /** One bad request must not fail the others: each runs again alone, unless it would fail for the same reason. */
  async #fail(batch: Waiting<Request, Outcome>[], error: unknown): Promise<void> {
    if (isOutage(error)) this.#refuseLongWaiting(error);
    if (batch.length === 1 || error instanceof OutcomeUnknown || isOutage(error)) {
      for (const { reject } of batch) reject(error);
    } else {
      for (const one of batch) await this.#flush([one]);
    }
  }

  /** Nothing of theirs was begun. */
  #refuseLongWaiting(error: unknown): void {
    const { outageWaitMs, rowsOf } = this.#options;
    const before = performance.now() - outageWaitMs;
    const count = this.#queue.findIndex(({ since }) => since > before);
    for (const { request, reject } of this.#queue.splice(0, count === -1 ? this.#queue.length : count)) {
      this.#queuedRows -= rowsOf(request);
      reject(error);
    }
  }
}

/** Whatever else is asked of the database now would fail too. */
function isOutage(error: unknown): boolean {
  return isUnavailable(error) && !isLockConflict(error);
}
