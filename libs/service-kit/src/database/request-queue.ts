export interface Waiting<Request, Outcome> {
  request: Request;
  /** By performance.now(). */
  since: number;
  resolve: (outcome: Outcome) => void;
  reject: (error: unknown) => void;
}

export interface QueueLimits<Request> {
  /** Requests of one batch. */
  maxBatch: number;
  /** Requests that wait; one more is refused. */
  maxQueued: number;
  /** Rows that a request writes, default 1: the second measure of both limits, `rowsPerRequest` times as large. */
  rowsOf?: (request: Request) => number;
  /** Default 1. */
  rowsPerRequest?: number;
}

/**
 * The part of a full batch that is worth leaving with: a larger one costs hardly less per request, and while all wait
 * for one commit nobody reads the next requests.
 */
const worthwhile = 1 / 4;

/** How many requests leave without waiting for more, where `maxBatch` are the most of a batch. */
export function crowdOf(maxBatch: number): number {
  return maxBatch * worthwhile;
}

/** Requests that wait for their transaction, measured by their number and by the rows that they write. */
export class RequestQueue<Request, Outcome> {
  private waiting: Waiting<Request, Outcome>[] = [];
  private rows = 0;
  private readonly limits: Required<QueueLimits<Request>>;

  constructor(limits: QueueLimits<Request>) {
    this.limits = { rowsOf: () => 1, rowsPerRequest: 1, ...limits };
  }

  get length(): number {
    return this.waiting.length;
  }

  get full(): boolean {
    return this.reaches(this.limits.maxQueued);
  }

  /** Whether a batch has come together that need not wait for more. */
  get crowded(): boolean {
    return this.reaches(crowdOf(this.limits.maxBatch));
  }

  push(one: Waiting<Request, Outcome>): void {
    this.waiting.push(one);
    this.rows += this.limits.rowsOf(one.request);
  }

  /** The oldest, within the limits of a batch; at least one, however large it is. */
  takeBatch(): Waiting<Request, Outcome>[] {
    const { maxBatch, rowsPerRequest, rowsOf } = this.limits;
    let size = 0;
    let rows = 0;
    for (const { request } of this.waiting) {
      const more = rowsOf(request);
      if (size === maxBatch || (size > 0 && rows + more > maxBatch * rowsPerRequest)) break;
      size += 1;
      rows += more;
    }
    this.rows -= rows;
    return this.waiting.splice(0, size);
  }

  private reaches(requests: number): boolean {
    return this.waiting.length >= requests || this.rows >= requests * this.limits.rowsPerRequest;
  }
}
