import { Injectable } from '@nestjs/common';
import { IdempotencyKeyReused, OutcomeUnknown } from '../domain/errors.ts';
import type { OrderStatus } from '../domain/order.ts';
import { CompleteCheckout } from './complete-checkout.ts';
import { GetOrder } from './get-order.ts';
import type { OrderView } from './order-view.ts';
import { Intake, type PlaceOrderRequest } from './ports.ts';

const statusAfter: Record<string, OrderStatus> = {
  'order.confirmed': 'CONFIRMED',
  'order.rejected': 'REJECTED',
  'order.cancelled': 'CANCELLED',
};

/** The synchronous flow: everything happens inside the caller's request, and nothing is published. */
@Injectable()
export class CheckoutOrder {
  constructor(
    private readonly intake: Intake,
    private readonly checkout: CompleteCheckout,
    private readonly getOrder: GetOrder,
  ) {}

  /**
   * The settled order, or a CANCELLED one when a downstream failed before `deadlineMs` (epoch). Throws `Overloaded` when
   * nothing was written and `OutcomeUnknown` when the order may still be open.
   */
  async run(request: PlaceOrderRequest, deadlineMs: number): Promise<OrderView> {
    this.checkout.assertPossible();
    const outcome = await this.intake.submit(request);
    if (outcome.kind === 'placed') return this.checkout.run(outcome.order, deadlineMs);
    if (outcome.kind === 'repeated') return this.repeat(outcome.orderId, deadlineMs);
    throw new IdempotencyKeyReused();
  }

  /** What the first request was told, or is going to be. The event after `order.placed` is the one that told it. */
  private async repeat(orderId: string, deadlineMs: number): Promise<OrderView> {
    const order = await this.getOrder.settled(orderId, deadlineMs - Date.now());
    const [, first] = await this.getOrder.history(orderId);
    const status = first && statusAfter[first.type];
    if (!status) throw new OutcomeUnknown('The first request with this key is still under way.', orderId);
    if (order.status === status) return order;
    const { reason: _later, ...rest } = order;
    return { ...rest, status, version: first.version, updatedAt: first.at };
  }
}
