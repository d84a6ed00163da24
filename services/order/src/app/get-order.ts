import { Injectable } from '@nestjs/common';
import type { AppError } from '@sluice/core';
import { OrderNotFound, OrderNotPlacedYet } from '../domain/errors.ts';
import { isTerminal } from '../domain/order.ts';
import { AcceptedOrders } from './accepted-orders.ts';
import type { OrderView } from './order-view.ts';
import { OrderFeed } from './order-feed.ts';
import { OrderLog, OrderReader, type HistoryEntry } from './ports.ts';

/** A change that another instance made is seen after this long at the latest. */
export const pollMs = 1_000;

@Injectable()
export class GetOrder {
  constructor(
    private readonly orders: OrderReader,
    private readonly feed: OrderFeed,
    private readonly accepted: AcceptedOrders,
    private readonly log: OrderLog,
  ) {}

  /** Throws `OrderNotFound`, which asks to look again when the log may hold the order. */
  async run(id: string): Promise<OrderView> {
    const order = (await this.orders.find(id)) ?? this.accepted.find(id)?.view;
    if (!order) throw await this.whyMissing(id);
    return order;
  }

  /** Empty while the order is in the log. Throws like `run`. */
  async history(id: string): Promise<HistoryEntry[]> {
    const entries = await this.orders.history(id);
    if (entries.length === 0 && !this.accepted.find(id)) throw await this.whyMissing(id);
    return entries;
  }

  /** The error for an order that is not in the database: it is in the log, may be there, or does not exist. */
  async whyMissing(id: string): Promise<AppError> {
    if (this.accepted.find(id)) return new OrderNotPlacedYet(id);
    // In this order: an order that left the log before the first question is in the database at the second.
    const mayFollow = (await this.log.holdsMore()) || (await this.orders.find(id)) !== undefined;
    return new OrderNotFound(id, mayFollow);
  }

  /** The order when it is terminal, or as it is after `waitMs`. */
  async whenTerminal(id: string, waitMs: number): Promise<OrderView> {
    const giveUpAt = Date.now() + waitMs;
    using following = this.feed.follow(id);
    for (;;) {
      const order = await this.run(id);
      const leftMs = giveUpAt - Date.now();
      const open = order.status === 'ACCEPTED' || !isTerminal(order.status);
      if (!open || leftMs <= 0 || this.feed.closed) return order;
      await following.wait(Math.min(pollMs, leftMs));
    }
  }
}
