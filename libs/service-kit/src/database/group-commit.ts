import { AppError, OutcomeUnknown, AdaptiveLinger, isLockConflict, isUnavailable } from '@sluice/core';
import { type Transaction, type Transactions } from '@sluice/messaging';
import { RequestQueue, type QueueLimits, type Waiting } from './request-queue.ts';

export interface GroupCommitOptions<Request> extends QueueLimits<Request> {
  /** Named in the refusal, e.g. `intake`. */
  name: string;
  /** Transactions under way at a time; default 2: one gathers what came while the other commits. */
  maxFlushes?: number;
  /** Time from one flush to the next while several requests come at a time, so that batches grow; default: up to 10 ms. */
  pace?: Pick<AdaptiveLinger, 'delayMs'>;
  /** Called for each batch that was committed. */
  onFlush?: (flush: Flush) => void;
}

export interface Flush {
  size: number;
  /** How long its first request had waited for the commit. */
  waitMs: number;
  /** Requests came so fast that it had not to wait for more. */
  crowded: boolean;
}

/** Of a process without any time to spare; milliseconds. */
const longestLingerMs = 10;

/**
 * Concurrent requests share a transaction: one commit and one statement for many. Requests that come one at a time are
 * flushed at once. Otherwise they gather while a flush is under way, and the longer after its beginning the busier the
 * process is, and leave together; a quarter of a full batch never waits. See docs/adr/0003.
 */
export class GroupCommit<Request, Outcome> {
  private readonly queue: RequestQueue<Request, Outcome>;
  private readonly pace: Pick<AdaptiveLinger, 'delayMs'>;
  private flushes = 0;
  private scheduled = false;
  private timer: NodeJS.Timeout | undefined;
  /** Until when those that come several at a time gather, by performance.now(). */
  private gatherUntil = -Infinity;
  private lastSize = 0;

  constructor(
    private readonly transactions: Transactions,
    /** Outcomes in the order of the requests. Keeps no state: it is run again, for each alone, when a batch fails. */
    private readonly work: (tx: Transaction, requests: Request[]) => Promise<Outcome[]>,
    private readonly options: GroupCommitOptions<Request>,
  ) {
    this.queue = new RequestQueue(options);
    this.pace = options.pace ?? new AdaptiveLinger(longestLingerMs);
  }

  get queued(): number {
    return this.queue.length;
  }

  get full(): boolean {
    return this.queue.full;
  }

  /**
   * Resolves after the commit. Rejects with an `unavailable` AppError when the queue is full, and with
   * `OutcomeUnknown` when COMMIT was not answered; nothing was written unless it is the latter.
   */
  async submit(request: Request): Promise<Outcome> {
    if (this.full) {
      const { name } = this.options;
      throw new AppError('unavailable', `${name}-full`, `The queue of the ${name} is full; nothing was accepted.`);
    }
    return new Promise<Outcome>((resolve, reject) => {
      this.queue.push({ request, since: performance.now(), resolve, reject });
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
    const { maxFlushes = 2 } = this.options;
    while (this.queue.length > 0 && this.flushes < maxFlushes) {
      const { crowded } = this.queue;
      if (!crowded) {
        if (this.flushes > 0 || this.timer) return;
        const several = this.queue.length > 1 || this.lastSize > 1;
        const waitMs = several ? this.gatherUntil - performance.now() : 0;
        if (waitMs > 0) return this.pumpIn(waitMs);
      }
      this.flushes += 1;
      this.gatherUntil = performance.now() + this.pace.delayMs();
      const batch = this.queue.takeBatch();
      this.lastSize = batch.length;
      void this.flush(batch, crowded).finally(() => {
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

  /** Never rejects: everyone in the batch gets an answer of their own. */
  private async flush(batch: Waiting<Request, Outcome>[], crowded: boolean): Promise<void> {
    const requests = batch.map(({ request }) => request);
    try {
      const outcomes = await this.transactions.run((tx) => this.work(tx, requests));
      this.options.onFlush?.({ size: batch.length, waitMs: performance.now() - batch[0]!.since, crowded });
      batch.forEach(({ resolve }, i) => resolve(outcomes[i]!));
    } catch (error) {
      // Alone they would not fare better against a database that is away; one bad request must not fail the others.
      if (batch.length === 1 || error instanceof OutcomeUnknown || isOutage(error)) {
        for (const { reject } of batch) reject(error);
      } else {
        for (const one of batch) await this.flush([one], crowded);
      }
    }
  }
}

/** Whatever else is asked of the database now would fail too. */
function isOutage(error: unknown): boolean {
  return isUnavailable(error) && !isLockConflict(error);
}
