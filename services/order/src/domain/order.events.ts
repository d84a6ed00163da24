import type { OrderEvent } from '@sluice/contracts';
import type { OrderState } from './order.ts';
import type { OrderLine } from './order-line.ts';

export type OrderEventType = OrderEvent['type'];

/** What happened to an order: a row of its history and, unless the flow is synchronous, an event for the others. */
export interface OrderChange {
  readonly at: Date;
  readonly event: {
    readonly type: OrderEventType;
    /** The order's id. */
    readonly key: string;
    /** The order's version after the change. */
    readonly version: number;
    readonly data: object;
  };
}

/** `lines` are needed for `order.placed` only. */
export function orderEvent(
  type: OrderEventType,
  { id, customerId, email, currency, totalCents, flow, createdAt, version, reason }: Readonly<OrderState>,
  lines: readonly OrderLine[],
): OrderChange['event'] {
  const acceptedAt = createdAt.toISOString();
  const common = { orderId: id, customerId, email, currency, totalCents, flow, acceptedAt };
  const data = type === 'order.placed' ? { ...common, lines } : { ...common, ...(reason !== undefined && { reason }) };
  return { type, key: id, version, data };
}
