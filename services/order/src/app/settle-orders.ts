import { Injectable } from '@nestjs/common';
import type { Transaction } from '@sluice/messaging';
import { OrderNotFound } from '../domain/errors.ts';
import type { Order } from '../domain/order.ts';
import { OrderStore, type Settlement } from './ports.ts';

@Injectable()
export class SettleOrders {
  constructor(private readonly orders: OrderStore) {}

  /**
   * The orders as they are now, in the order of the settlements: settled ones stay as they were. Throws `OrderNotFound`.
   */
  async run(tx: Transaction, settlements: Settlement[]): Promise<Order[]> {
    if (settlements.length === 0) return [];
    const orders = await this.orders.lock(tx, [...new Set(settlements.map(({ orderId }) => orderId))]);
    const at = new Date();
    const settled = settlements.map(({ orderId, outcome }) => {
      const order = orders.get(orderId);
      if (!order) throw new OrderNotFound(orderId);
      order.settle(outcome, at);
      return order;
    });
    await this.orders.update(tx, [...orders.values()]);
    return settled;
  }
}
