import { OutcomeUnknown } from '@sluice/core';
import { Injectable } from '@nestjs/common';
import type { OrderStatus } from '../domain/order.ts';
import { CompleteCheckout } from './complete-checkout.ts';
import { GetOrder } from './get-order.ts';
import type { OrderView } from './order-view.ts';
import { PlaceOrders, type PlaceOrderRequest } from './place-orders.ts';
import type { RemoteCall } from './ports.ts';

const statusAfter: Record<string, OrderStatus> = {
  'order.confirmed': 'CONFIRMED',
  'order.rejected': 'REJECTED',
  'order.cancelled': 'CANCELLED',
};

/** The synchronous flow: everything happens inside the caller's request, and nothing is published. */
@Injectable()
export class CheckoutOrder {
  constructor(
    private readonly placeOrders: PlaceOrders,
    private readonly checkout: CompleteCheckout,
    private readonly getOrder: GetOrder,
  ) {}

  /**
   * The completed order, or a CANCELLED one when a downstream failed. `call` is the whole request, as its caller made it. A
   * repeated one waits for the first, until it is over or `left`. Throws `Overloaded` when nothing was written,
   * `OutcomeUnknown` when the order may still be open, and what `PlaceOrders.submit` throws.
   */
  async run(request: PlaceOrderRequest, call: RemoteCall, left?: AbortSignal): Promise<OrderView> {
    this.checkout.assertPossible();
    const outcome = await this.placeOrders.submit(request);
    if (outcome.kind === 'placed') return this.checkout.run(outcome.order, call);
    return this.#repeat(outcome.orderId, call, left);
  }

  /** The answer to the first request, which the event after `order.placed` decided; waits for it. */
  async #repeat(orderId: string, { deadlineMs }: RemoteCall, left?: AbortSignal): Promise<OrderView> {
    const order = await this.getOrder.whenTerminal(orderId, deadlineMs - Date.now(), left);
    const [, first] = await this.getOrder.history(orderId);
    const status = first && statusAfter[first.type];
    if (!status)
      throw new OutcomeUnknown('The first request with this key is still under way.', { details: { orderId } });
    if (order.status === status) return order;
    const { reason: _later, ...rest } = order;
    return { ...rest, status, version: first.version, updatedAt: first.at };
  }
}
