import { Injectable } from '@nestjs/common';
import { GetOrder, pollMs } from './get-order.ts';
import { OrderFeed } from './order-feed.ts';
import type { HistoryEntry } from './ports.ts';

export interface FollowOptions {
  /** Entries up to this version are known already; 0 for none. */
  afterVersion: number;
  /** Longest time without a page: an empty one keeps the connection busy, so that a dead one is noticed. */
  heartbeatMs: number;
  /** Aborted when the caller has left. */
  left: AbortSignal;
}

@Injectable()
export class FollowOrder {
  constructor(
    private readonly getOrder: GetOrder,
    private readonly feed: OrderFeed,
  ) {}

  /**
   * Pages of history entries, oldest first. The first one comes at once, and may be empty. Ends by itself with the entry
   * that made the order terminal: without any page when that is known already.
   */
  async *run(id: string, { afterVersion, heartbeatMs, left }: FollowOptions): AsyncGenerator<HistoryEntry[]> {
    using following = this.feed.follow(id, left);
    let seen = afterVersion;
    let pageAt = -Infinity;
    do {
      const history = await this.getOrder.history(id);
      const page = history.filter(({ version }) => version > seen);
      const last = history.at(-1);
      const isOver = last !== undefined && last.type !== 'order.placed';
      if (page.length > 0 || (!isOver && Date.now() - pageAt >= heartbeatMs)) {
        yield page;
        pageAt = Date.now();
      }
      seen = last?.version ?? seen;
      if (isOver || left.aborted || this.feed.closed) return;
      await following.wait(pollMs);
    } while (!left.aborted && !this.feed.closed);
  }
}
