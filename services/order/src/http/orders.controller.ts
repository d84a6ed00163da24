import { Body, Controller, Headers, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { activeTraceparent } from '@sluice/messaging';
import { addLogFields, Admission, deadlineHeader, deadlineOf } from '@sluice/service-kit';
import type { FastifyReply } from 'fastify';
import { AcceptOrder } from '../app/accept-order.ts';
import { CheckoutOrder } from '../app/checkout-order.ts';
import { LogOrder } from '../app/log-order.ts';
import type { OrderView } from '../app/order-view.ts';
import type { PlaceOrderRequest } from '../app/ports.ts';
import { fingerprintOf, idempotencyKeyOf, idempotencyKeyHeader } from './headers.ts';
import { orderIdFor } from './order-id.ts';
import { locationOf, sayWhenUnknown, settledOrProblem } from './outcomes.ts';
import { flowQuery, orderBody, orderResponse, type FlowQuery, type OrderBody } from './orders.schema.ts';

/** How long orders may stay open; milliseconds. */
export class FlowDeadlines {
  constructor(
    readonly orderMs: number,
    /** Of the request itself. */
    readonly syncRequestMs: number,
    /** From the request's deadline to the order's. */
    readonly syncGraceMs = 5_000,
  ) {}
}

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
    private readonly acceptOrder: AcceptOrder,
    private readonly checkoutOrder: CheckoutOrder,
    private readonly logOrder: LogOrder,
    private readonly admission: Admission,
    private readonly deadlines: FlowDeadlines,
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
    const deadlineMs = deadlineOf(deadline);
    const request = {
      ...body,
      id: orderIdFor(flow, body.customerId, key),
      flow,
      traceparent: activeTraceparent(),
      ...idempotencyOf(key, flow, body),
    };
    addLogFields({ orderId: request.id });
    const order = await sayWhenUnknown(request, () =>
      flow === 'sync' ? this.checkout(request, deadlineMs) : this.accept(request, deadlineMs),
    );
    void reply.status(flow === 'sync' ? 201 : 202).header('location', locationOf(order.id));
    return order;
  }

  private accept(request: Omit<PlaceOrderRequest, 'deadlineAt'>, deadlineMs?: number): Promise<OrderView> {
    const timed = { ...request, deadlineAt: new Date(Date.now() + this.deadlines.orderMs) };
    return request.flow === 'log' ? this.logOrder.run(timed, deadlineMs) : this.acceptOrder.run(timed);
  }

  private async checkout(request: Omit<PlaceOrderRequest, 'deadlineAt'>, wishedMs = Infinity): Promise<OrderView> {
    const deadlineMs = Math.min(wishedMs, Date.now() + this.deadlines.syncRequestMs);
    const deadlineAt = new Date(deadlineMs + this.deadlines.syncGraceMs);
    const order = await this.admission.run(() => this.checkoutOrder.run({ ...request, deadlineAt }, deadlineMs));
    return settledOrProblem(order);
  }
}

function idempotencyOf(
  key: string | undefined,
  flow: FlowQuery,
  body: OrderBody,
): Pick<PlaceOrderRequest, 'idempotency'> {
  return key === undefined ? {} : { idempotency: { key, fingerprint: fingerprintOf([flow, body]) } };
}
