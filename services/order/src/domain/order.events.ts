import type { OrderEvent } from '@sluice/contracts';
import type { OutgoingEvent } from '@sluice/messaging/contract';
import type { OrderState } from './order.ts';
import type { OrderLine } from './order-line.ts';

export type OrderEventType = OrderEvent['type'];

/** What happened to an order: a row of its history and, unless the flow is synchronous, an event for the others. */
export interface OrderChange {
  readonly at: Date;
  readonly event: OutgoingEvent<OrderEventType>;
}

/** `lines` are needed for `order.placed` only. */
export function orderEvent(
  type: OrderEventType,
  state: Readonly<OrderState>,
  lines: readonly OrderLine[],
): OutgoingEvent<OrderEventType> {
  const { id, customerId, email, currency, totalCents, version, reason } = state;
  const common = { orderId: id, customerId, email, currency, totalCents };
  const data = type === 'order.placed' ? { ...common, lines } : reason === undefined ? common : { ...common, reason };
  return { type, key: id, version, data };
}
