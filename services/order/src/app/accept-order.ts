import { Injectable } from '@nestjs/common';
import { IdempotencyKeyReused } from '../domain/errors.ts';
import { GetOrder } from './get-order.ts';
import { viewOf, type OrderView } from './order-view.ts';
import { Intake, type PlaceOrderRequest } from './ports.ts';

/** The asynchronous flow's answer: the order is durable, everything else happens later. */
@Injectable()
export class AcceptOrder {
  constructor(
    private readonly intake: Intake,
    private readonly getOrder: GetOrder,
  ) {}

  /** A repeated request gets what the first one got, whatever became of the order since. */
  async run(request: PlaceOrderRequest): Promise<OrderView> {
    const outcome = await this.intake.submit(request);
    if (outcome.kind === 'placed') return viewOf(outcome.order);
    if (outcome.kind === 'key-reused') throw new IdempotencyKeyReused();
    const { reason: _later, ...order } = await this.getOrder.run(outcome.orderId);
    return { ...order, status: 'PENDING', version: 1, updatedAt: order.createdAt };
  }
}
