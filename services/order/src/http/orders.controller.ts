import { Body, Controller, Headers, Post, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { activeTraceContext } from '@sluice/messaging';
import { addLogFields, ApiDeadline, deadlineHeader, deadlineOf, untilDeadline } from '@sluice/service-kit';
import type { FastifyReply } from 'fastify';
import { CheckoutOrder } from '../app/checkout-order.ts';
import { GetOrder } from '../app/get-order.ts';
import { LogOrder } from '../app/log-order.ts';
import { asPlaced, viewOf, type OrderView } from '../app/order-view.ts';
import { PlaceOrders, type PlaceOrderRequest } from '../app/place-orders.ts';
import type { RemoteCall } from '../app/ports.ts';
import { callerLeft } from './caller-left.ts';
import { FlowLimits } from './flow-limits.ts';
import { fingerprintOf, idempotencyKeyForm, idempotencyKeyHeader, idempotencyKeyOf } from './headers.ts';
import { orderIdFor } from './order-id.ts';
import { locationOf, orUnknown, confirmedOrProblem } from './outcomes.ts';
import { flowQuery, orderBody, orderResponse, type FlowQuery, type OrderBody } from './orders.schema.ts';

const accepted =
  'async: the order is committed. log: all in-sync replicas of Kafka have it, which on one broker means its page ' +
  'cache; it is ACCEPTED until it is placed';
const keyReused =
  'The Idempotency-Key was used for another order, or, with flow=sync, another service refused the order for good. With ' +
  'flow=log a used key is only noticed when this process remembers it. Else the answer is 202, and the order of the first ' +
  'request stays the only one: Location shows it, or is a 404 that names it in heldBy when it has another flow';
const cancelled =
  'With orderId: another service refuses the order for now, nothing was sent, and it is cancelled. Without: nothing was ' +
  'written';
const unknown = 'What became of the order is not known, or it is cancelled and what a call did elsewhere is not known';

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
  @ApiHeader({
    name: idempotencyKeyHeader,
    required: false,
    schema: { type: 'string', pattern: idempotencyKeyForm.source },
  })
  @ApiDeadline()
  @ApiResponse({ status: 202, description: accepted, standardSchema: orderResponse })
  @ApiResponse({ status: 201, description: 'sync: the order is confirmed', standardSchema: orderResponse })
  @ApiResponse({ status: 422, description: keyReused })
  @ApiResponse({ status: 503, description: cancelled })
  @ApiResponse({ status: 504, description: unknown })
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
    const call = this.limits.syncCall(wishedMs);
    const request = {
      ...body,
      id: orderIdFor(flow, body.customerId, key),
      flow,
      deadlineAt: flow === 'sync' ? this.limits.syncOrderDeadline(call) : this.limits.orderDeadline(),
      ...activeTraceContext(),
      ...idempotencyOf(key, flow, body),
    };
    addLogFields({ orderId: request.id });
    const order = await orUnknown(request, () => {
      if (flow === 'sync') return untilDeadline(this.#checkout(request, call, callerLeft(reply)), call.deadlineMs);
      return flow === 'log' ? this.logOrder.run(request, wishedMs) : untilDeadline(this.#accept(request), wishedMs);
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

  async #checkout(request: PlaceOrderRequest, call: RemoteCall, left: AbortSignal): Promise<OrderView> {
    const order = await this.limits.inFlight.run(() => this.checkoutOrder.run(request, call, left));
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
