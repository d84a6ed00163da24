import { Body, Controller, Headers, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { activeTraceContext } from '@sluice/messaging';
import { addLogFields, deadlineHeader, deadlineOf } from '@sluice/service-kit';
import type { FastifyReply } from 'fastify';
import { CheckoutOrder } from '../app/checkout-order.ts';
import { GetOrder } from '../app/get-order.ts';
import { LogOrder } from '../app/log-order.ts';
import { asPlaced, viewOf, type OrderView } from '../app/order-view.ts';
import { PlaceOrders, type PlaceOrderRequest } from '../app/place-orders.ts';
import { FlowLimits } from './flow-limits.ts';
import { fingerprintOf, idempotencyKeyOf, idempotencyKeyHeader } from './headers.ts';
import { orderIdFor } from './order-id.ts';
import { locationOf, orUnknown, confirmedOrProblem } from './outcomes.ts';
import { flowQuery, orderBody, orderResponse, type FlowQuery, type OrderBody } from './orders.schema.ts';

const accepted =
  'async: the order is committed. log: all in-sync replicas of Kafka have it, which on one broker means its page ' +
  'cache; it is ACCEPTED until it is placed';
const keyReused =
  'The Idempotency-Key was used for another order. With flow=log only when this process remembers that: else the ' +
  'answer is 202, and the order of the first request stays the only one';

@ApiTags('orders')
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly placeOrders: PlaceOrders,
    private readonly checkoutOrder: CheckoutOrder,
    private readonly logOrder: LogOrder,
    private readonly getOrder: GetOrder,
    private readonly limits: FlowLimits,
  ) {}

  @Post()
  @ApiQuery({ name: 'flow', enum: flowQuery.unwrap().options, required: false })
  @ApiHeader({ name: idempotencyKeyHeader, required: false })
  @ApiHeader({ name: deadlineHeader, required: false })
  @ApiResponse({ status: 202, description: accepted, standardSchema: orderResponse })
  @ApiResponse({ status: 201, description: 'sync: the order is confirmed', standardSchema: orderResponse })
  @ApiResponse({ status: 422, description: keyReused })
  async place(
    @Body({ schema: orderBody }) body: OrderBody,
    @Query('flow', { schema: flowQuery }) flow: FlowQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
    // Not by decorators of our own: the pipes for all routes would run for each of those as well.
    @Headers(idempotencyKeyHeader) givenKey?: string,
    @Headers(deadlineHeader) deadline?: string,
  ): Promise<OrderView> {
    const key = idempotencyKeyOf(givenKey);
    const wishedMs = deadlineOf(deadline);
    const syncDeadlineMs = this.limits.syncDeadlineMs(wishedMs);
    const request = {
      ...body,
      id: orderIdFor(flow, body.customerId, key),
      flow,
      deadlineAt: flow === 'sync' ? this.limits.syncOrderDeadline(syncDeadlineMs) : this.limits.orderDeadline(),
      ...activeTraceContext(),
      ...idempotencyOf(key, flow, body),
    };
    addLogFields({ orderId: request.id });
    const order = await orUnknown(request, () => {
      if (flow === 'sync') return this.#checkout(request, syncDeadlineMs);
      return flow === 'log' ? this.logOrder.run(request, wishedMs) : this.#accept(request);
    });
    void reply.status(flow === 'sync' ? 201 : 202).header('location', locationOf(order.id));
    return order;
  }

  /** A repeated request gets the answer of the first one. */
  async #accept(request: PlaceOrderRequest): Promise<OrderView> {
    const outcome = await this.placeOrders.submit(request);
    if (outcome.kind === 'placed') return viewOf(outcome.order);
    return asPlaced(await this.getOrder.run(outcome.orderId));
  }

  async #checkout(request: PlaceOrderRequest, deadlineMs: number): Promise<OrderView> {
    const order = await this.limits.inFlight.run(() => this.checkoutOrder.run(request, deadlineMs));
    return confirmedOrProblem(order);
  }
}

function idempotencyOf(
  key: string | undefined,
  flow: FlowQuery,
  body: OrderBody,
): Pick<PlaceOrderRequest, 'idempotency'> {
  return key === undefined ? {} : { idempotency: { key, fingerprint: fingerprintOf([flow, body]) } };
}
