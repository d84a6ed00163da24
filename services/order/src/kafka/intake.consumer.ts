import { Controller } from '@nestjs/common';
import { afterCommit, Consumes, type Transaction } from '@sluice/messaging';
import { scope } from '@sluice/core';
import { intakeTopic, type IntakeEvent } from '@sluice/contracts';
import { Counter, Registry } from 'prom-client';
import { AcceptedOrders } from '../app/accepted-orders.ts';
import { OrderFeed } from '../app/order-feed.ts';
import { PlaceOrders, type PlaceOrderOutcome, type PlaceOrderRequest } from '../app/place-orders.ts';

const outcomes: PlaceOrderOutcome['kind'][] = ['placed', 'repeated', 'key-reused'];

/** Places the orders that the log flow has accepted: the use case of `POST /orders`, in the inbox's transaction. */
@Controller()
export class IntakeConsumer {
  readonly #taken: Counter<'outcome'>;

  constructor(
    private readonly placeOrders: PlaceOrders,
    private readonly accepted: AcceptedOrders,
    private readonly feed: OrderFeed,
    registry: Registry,
  ) {
    this.#taken = new Counter({
      name: `${scope}_log_taken_total`,
      help: 'Requests that were taken from the log: placed, repeated, or with a key that was used for another order.',
      labelNames: ['outcome'],
      registers: [registry],
    });
    for (const outcome of outcomes) this.#taken.inc({ outcome }, 0);
  }

  @Consumes(intakeTopic)
  async on(events: IntakeEvent[], tx: Transaction): Promise<void> {
    const outcomes = await this.placeOrders.run(tx, events.map(requestOf));
    afterCommit(tx, () => this.#notify(events, outcomes));
  }

  /** A request whose key belongs to another flow's order has no order of its own and never will. */
  #notify(events: IntakeEvent[], outcomes: PlaceOrderOutcome[]): void {
    for (const [i, outcome] of outcomes.entries()) {
      const { orderId } = events[i]!.data;
      this.#taken.inc({ outcome: outcome.kind });
      if (outcome.kind === 'key-reused' && outcome.orderId !== orderId) this.accepted.forget(orderId);
    }
    this.feed.wake(events.map(({ data }) => data.orderId));
  }
}

/** Deadline and age count from the acceptance, however long the request was in the log. */
function requestOf({ data, time, traceparent, tracestate }: IntakeEvent): PlaceOrderRequest {
  const { orderId: id, customerId, email, currency, lines, deadlineAt, idempotency } = data;
  const when = { placedAt: new Date(time), deadlineAt: new Date(deadlineAt) };
  const order = { id, customerId, email, currency, lines, flow: 'log' as const, ...when };
  return { ...order, ...(idempotency && { idempotency }), traceparent, tracestate };
}
