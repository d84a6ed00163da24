import { Injectable } from '@nestjs/common';
import type { Transaction } from '@sluice/messaging';
import { OrderNotFound } from '../domain/errors.ts';
import type { Order, StockOutcome } from '../domain/order.ts';
import { OrderStore } from './ports.ts';

export interface Settlement {
  orderId: string;
  outcome: StockOutcome;
}

@Injectable()
export class SettleOrders {
  constructor(private readonly orders: OrderStore) {}

  /** Answers the orders as they are now: settled ones stay as they were. Throws `OrderNotFound`. */
  async run(tx: Transaction, settlements: Settlement[]): Promise<Order[]> {
    if (settlements.length === 0) return [];
    const orders = await this.orders.lock(tx, [...new Set(settlements.map(({ orderId }) => orderId))]);
    const at = new Date();
    for (const { orderId, outcome } of settlements) {
      const order = orders.get(orderId);
      if (!order) throw new OrderNotFound(orderId);
      order.settle(outcome, at);
    }
    const locked = [...orders.values()];
    await this.orders.update(tx, locked);
    return locked;
  }
}
