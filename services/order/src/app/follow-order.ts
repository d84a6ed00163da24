import { Injectable } from '@nestjs/common';
import { GetOrder, pollMs } from './get-order.ts';
import { OrderFeed } from './order-feed.ts';
import type { HistoryEntry } from './ports.ts';

export interface FollowOptions {
  /** Entries up to this version are known already; 0 for none. */
  afterVersion: number;
  /** Longest time without a page: an empty one keeps the connection busy, so that a dead one is noticed. */
  heartbeatMs: number;
  /** Ends the following. */
  signal: AbortSignal;
}

@Injectable()
export class FollowOrder {
  constructor(
    private readonly getOrder: GetOrder,
    private readonly feed: OrderFeed,
  ) {}

  /** Pages of history entries, oldest first; ends by itself with the one that made the order terminal. */
  async *run(id: string, { afterVersion, heartbeatMs, signal }: FollowOptions): AsyncGenerator<HistoryEntry[]> {
    using following = this.feed.follow(id);
    const wake = (): void => following.notify();
    signal.addEventListener('abort', wake);
    let seen = afterVersion;
    let pageAt = Date.now();
    while (!signal.aborted && !this.feed.closed) {
      const history = await this.getOrder.history(id);
      const page = history.filter(({ version }) => version > seen);
      if (page.length > 0 || Date.now() - pageAt >= heartbeatMs) {
        yield page;
        pageAt = Date.now();
      }
      const last = history.at(-1);
      if (last && last.type !== 'order.placed') return;
      seen = last?.version ?? seen;
      await following.wait(pollMs);
    }
  }
}
