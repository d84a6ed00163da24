import { Injectable } from '@nestjs/common';
import type { AppError } from '@sluice/core';
import { NoOrderForKey, OrderNotFound, OrderNotPlacedYet } from '../domain/errors.ts';
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
    const order = (await this.orders.find(id)) ?? (await this.#inLog(id));
    if (!order) throw await this.whyMissing(id);
    return order;
  }

  /** Empty while the order is in the log. Throws like `run`. */
  async history(id: string): Promise<HistoryEntry[]> {
    const entries = await this.orders.history(id);
    if (entries.length === 0 && !(await this.#inLog(id))) throw await this.whyMissing(id);
    return entries;
  }

  /**
   * The error for an order that is not in the database: it is in the log, may be there, was not placed because its key
   * stands for another order, or does not exist.
   */
  async whyMissing(id: string): Promise<AppError> {
    if (await this.#inLog(id)) return new OrderNotPlacedYet(id);
    // In this order: what left the log before the first question is in the database at the others.
    const mayFollow = await this.log.holdsMore();
    const heldBy = await this.orders.keyHolder(id);
    if (heldBy !== undefined) return new NoOrderForKey(id, heldBy);
    return new OrderNotFound(id, mayFollow || (await this.orders.find(id)) !== undefined);
  }

  /** The order when it is terminal, or as it is after `waitMs`, or as soon as the caller has left. */
  async whenTerminal(id: string, waitMs: number, left?: AbortSignal): Promise<OrderView> {
    const giveUpAt = Date.now() + waitMs;
    using following = this.feed.follow(id, left);
    for (;;) {
      const order = await this.run(id);
      const leftMs = giveUpAt - Date.now();
      const open = order.status === 'ACCEPTED' || !isTerminal(order.status);
      if (!open || leftMs <= 0 || this.feed.closed || left?.aborted) return order;
      await following.wait(Math.min(pollMs, leftMs));
    }
  }

  /** What this process remembers. Another one may have taken the request from the log and not placed it. */
  async #inLog(id: string): Promise<OrderView | undefined> {
    const known = this.accepted.find(id);
    if (!known || (await this.orders.keyHolder(id)) === undefined) return known?.view;
    this.accepted.forget(id);
    return undefined;
  }
}
