import type { Transaction, Transactions } from '@sluice/messaging';
import { AppError, CommitOutcomeUnknown } from '@sluice/messaging/errors';
import { databaseIsAway } from '../postgres-problem.ts';

export interface GroupCommitOptions<Request> {
  /** Named in the refusal, e.g. `intake`. */
  name: string;
  /** Requests of one transaction. */
  maxBatch: number;
  /** Transactions under way at a time; default 2: one gathers what came while the other commits. */
  maxFlushes?: number;
  /** Requests that wait for their transaction; one more is refused. */
  maxQueued: number;
  /** Time from one flush to the next while several requests come at a time, so that batches grow; milliseconds, default 0. */
  lingerMs?: number;
  /** Rows that a request writes, default 1: the second measure of both limits, `rowsPerRequest` times as large. */
  rowsOf?: (request: Request) => number;
  /** Default 1. */
  rowsPerRequest?: number;
  /** Called for each batch that was committed: its size, and how long its first request had waited for that. */
  onFlush?: (size: number, waitMs: number) => void;
}

interface Waiting<Request, Outcome> {
  request: Request;
  /** By performance.now(). */
  since: number;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

/**
 * Concurrent requests share a transaction: one commit and one statement for many. Requests that come one at a time are
 * flushed at once. Otherwise they gather while a flush is under way and until `lingerMs` after its beginning, and leave
 * together; a full batch never waits for that. See docs/adr/0003.
 */
export class GroupCommit<Request, Outcome> {
  private queue: Waiting<Request, Outcome>[] = [];
  private queuedRows = 0;
  private flushes = 0;
  private scheduled = false;
  private timer: NodeJS.Timeout | undefined;
  /** When the last flush began, by performance.now(). */
  private flushedAt = -Infinity;
  private lastSize = 0;
  private readonly options: Required<Omit<GroupCommitOptions<Request>, 'onFlush'>> &
    Pick<GroupCommitOptions<Request>, 'onFlush'>;

  constructor(
    private readonly transactions: Transactions,
    /** Outcomes in the order of the requests. Keeps no state: it is run again, for each alone, when a batch fails. */
    private readonly work: (tx: Transaction, requests: Request[]) => Promise<Outcome[]>,
    options: GroupCommitOptions<Request>,
  ) {
    this.options = { maxFlushes: 2, lingerMs: 0, rowsOf: () => 1, rowsPerRequest: 1, ...options };
  }

  get queued(): number {
    return this.queue.length;
  }

  get full(): boolean {
    const { maxQueued, rowsPerRequest } = this.options;
    return this.queue.length >= maxQueued || this.queuedRows >= maxQueued * rowsPerRequest;
  }

  /**
   * Resolves after the commit. Rejects with an `unavailable` AppError when the queue is full, and with
   * `CommitOutcomeUnknown` when COMMIT was not answered; nothing was written unless it is the latter.
   */
  async submit(request: Request): Promise<Outcome> {
    if (this.full) {
      const { name } = this.options;
      throw new AppError('unavailable', `${name}-full`, `The queue of the ${name} is full; nothing was accepted.`);
    }
    return new Promise<Outcome>((resolve, reject) => {
      this.queue.push({ request, since: performance.now(), resolve, reject });
      this.queuedRows += this.options.rowsOf(request);
      this.schedule();
    });
  }

  /** Not before the sockets that are readable now have been read: their requests come along. */
  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.queue.length > 0 && this.flushes < this.options.maxFlushes) {
      if (!this.batchIsFull()) {
        if (this.flushes > 0 || this.timer) return;
        const crowded = this.queue.length > 1 || this.lastSize > 1;
        const lingerMs = crowded ? this.flushedAt + this.options.lingerMs - performance.now() : 0;
        if (lingerMs > 0) return this.pumpIn(lingerMs);
      }
      this.flushes += 1;
      this.flushedAt = performance.now();
      const batch = this.takeBatch();
      this.lastSize = batch.length;
      void this.flush(batch).finally(() => {
        this.flushes -= 1;
        this.pump();
      });
    }
  }

  private pumpIn(ms: number): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.pump();
    }, Math.ceil(ms));
  }

  private batchIsFull(): boolean {
    const { maxBatch, rowsPerRequest } = this.options;
    return this.queue.length >= maxBatch || this.queuedRows >= maxBatch * rowsPerRequest;
  }

  private takeBatch(): Waiting<Request, Outcome>[] {
    const { maxBatch, rowsPerRequest, rowsOf } = this.options;
    let size = 0;
    let rows = 0;
    for (const { request } of this.queue) {
      const more = rowsOf(request);
      if (size === maxBatch || (size > 0 && rows + more > maxBatch * rowsPerRequest)) break;
      size += 1;
      rows += more;
    }
    this.queuedRows -= rows;
    return this.queue.splice(0, size);
  }

  /** Never rejects: everyone in the batch gets an answer of their own. */
  private async flush(batch: Waiting<Request, Outcome>[]): Promise<void> {
    const requests = batch.map(({ request }) => request);
    try {
      const outcomes = await this.transactions.run((tx) => this.work(tx, requests));
      this.options.onFlush?.(batch.length, performance.now() - batch[0]!.since);
      batch.forEach(({ resolve }, i) => resolve(outcomes[i]!));
    } catch (error) {
      // Alone they would not fare better against a database that is away; one bad request must not fail the others.
      if (batch.length === 1 || error instanceof CommitOutcomeUnknown || databaseIsAway(error)) {
        for (const { reject } of batch) reject(error);
      } else {
        for (const one of batch) await this.flush([one]);
      }
    }
  }
}
