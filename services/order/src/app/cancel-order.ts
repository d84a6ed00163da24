import { Injectable } from '@nestjs/common';
import { Log, OutcomeUnknown } from '@sluice/core';
import { Transactions, type Transaction } from '@sluice/messaging';
import { DownstreamFailed, OrderNotFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { Compensations, OrderStore, type CompensationKind } from './ports.ts';

/**
 * Events inform the other services about cancelled asynchronous orders. The compensations of synchronous ones are
 * written in the same transaction, and done later.
 */
@Injectable()
export class CancelOrder {
  constructor(
    private readonly orders: OrderStore,
    private readonly compensations: Compensations,
    private readonly transactions: Transactions,
    private readonly log: Log,
  ) {}

  /** Answers the order as it is now; a second cancel changes nothing. Throws `OrderNotFound`, `OrderNotCancellable`. */
  async run(tx: Transaction, orderId: string): Promise<Order> {
    const order = await this.#lock(tx, orderId);
    await this.#cancel(tx, [order], 'requested by customer', ['release-stock', 'notify-cancelled']);
    return order;
  }

  /**
   * Cancels an order whose own request failed, in a transaction of its own; one that became terminal meanwhile stays as it
   * is. Throws `OutcomeUnknown` when that fails: its deadline will cancel the order then.
   */
  async giveUp(orderId: string, cause: unknown): Promise<Order> {
    const reason = cause instanceof DownstreamFailed ? cause.reason : 'internal-error';
    this.log.warn({ err: cause, orderId }, `the checkout failed: ${reason}`);
    try {
      return await this.transactions.run(async (tx) => {
        const order = await this.#lock(tx, orderId);
        if (order.status === 'PENDING') await this.#cancel(tx, [order], reason, ['release-stock']);
        return order;
      });
    } catch (error) {
      this.log.error({ err: error, orderId }, 'the failed checkout could not be cancelled');
      const message = 'The order could neither be completed nor cancelled yet.';
      throw new OutcomeUnknown(message, { details: { orderId }, cause: error });
    }
  }

  /** Open orders past their deadline, at most `limit`; answers how many there were. */
  async expire(tx: Transaction, limit: number): Promise<number> {
    const overdue = await this.orders.lockOverdue(tx, limit);
    await this.#cancel(tx, overdue, 'deadline exceeded', ['release-stock']);
    return overdue.length;
  }

  async #lock(tx: Transaction, orderId: string): Promise<Order> {
    const order = (await this.orders.lock(tx, [orderId])).get(orderId);
    if (!order) throw new OrderNotFound(orderId);
    return order;
  }

  async #cancel(tx: Transaction, orders: Order[], reason: string, needed: CompensationKind[]): Promise<void> {
    const at = new Date();
    const changing = orders.filter(({ status }) => status !== 'CANCELLED');
    for (const order of changing) order.cancel(reason, at);
    await this.orders.update(tx, changing);
    const synchronous = changing.filter(({ state }) => state.flow === 'sync');
    await this.compensations.add(
      tx,
      synchronous.flatMap(({ id }) => needed.map((kind) => ({ orderId: id, kind }))),
    );
  }
}
