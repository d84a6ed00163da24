import { Injectable } from '@nestjs/common';
import { OrderNotFound } from '../domain/errors.ts';
import { isSettled } from '../domain/order.ts';
import type { OrderView } from './order-view.ts';
import { OrderFeed } from './order-feed.ts';
import { OrderReader, type HistoryEntry } from './ports.ts';

/** A change that another instance made is seen after this long at the latest. */
export const pollMs = 1_000;

@Injectable()
export class GetOrder {
  constructor(
    private readonly orders: OrderReader,
    private readonly feed: OrderFeed,
  ) {}

  async run(id: string): Promise<OrderView> {
    const order = await this.orders.find(id);
    if (!order) throw new OrderNotFound(id);
    return order;
  }

  async history(id: string): Promise<HistoryEntry[]> {
    const entries = await this.orders.history(id);
    if (entries.length === 0) throw new OrderNotFound(id);
    return entries;
  }

  /** The order when it is settled, or as it is after `waitMs`. */
  async settled(id: string, waitMs: number): Promise<OrderView> {
    const giveUpAt = Date.now() + waitMs;
    using following = this.feed.follow(id);
    for (;;) {
      const order = await this.run(id);
      const leftMs = giveUpAt - Date.now();
      if (isSettled(order.status) || leftMs <= 0 || this.feed.closed) return order;
      await following.next(Math.min(pollMs, leftMs));
    }
  }
}
