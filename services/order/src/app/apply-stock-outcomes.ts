import { Injectable } from '@nestjs/common';
import { GroupCommit, type GroupCommitOptions, type Transaction, type Transactions } from '@sluice/messaging';
import { OrderNotFound } from '../domain/errors.ts';
import type { Order, StockOutcome } from '../domain/order.ts';
import { OrderStore } from './ports.ts';

/** What inventory decided about an order. */
export interface OrderOutcome {
  orderId: string;
  outcome: StockOutcome;
}

@Injectable()
export class ApplyStockOutcomes {
  readonly #commit: GroupCommit<OrderOutcome, Order>;

  constructor(
    private readonly orders: OrderStore,
    transactions: Transactions,
    options: Pick<GroupCommitOptions<OrderOutcome>, 'maxBatch' | 'maxQueued'> = {},
  ) {
    this.#commit = new GroupCommit(transactions, (tx, outcomes) => this.run(tx, outcomes), {
      name: 'checkouts',
      ...options,
    });
  }

  /** The order after the commit, which concurrent callers share. Rejects like {@link GroupCommit.submit}. */
  submit(outcome: OrderOutcome): Promise<Order> {
    return this.#commit.submit(outcome);
  }

  /** The orders as they are now, in the order of the outcomes: terminal ones stay as they were. Throws `OrderNotFound`. */
  async run(tx: Transaction, outcomes: OrderOutcome[]): Promise<Order[]> {
    if (outcomes.length === 0) return [];
    const orders = await this.orders.lock(tx, [...new Set(outcomes.map(({ orderId }) => orderId))]);
    const at = new Date();
    const applied = outcomes.map(({ orderId, outcome }) => {
      const order = orders.get(orderId);
      if (!order) throw new OrderNotFound(orderId);
      order.apply(outcome, at);
      return order;
    });
    await this.orders.update(tx, [...orders.values()]);
    return applied;
  }
}
