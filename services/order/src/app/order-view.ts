import type { OrderLine } from '../domain/order-line.ts';
import type { Order, OrderFlow, OrderStatus } from '../domain/order.ts';

/** An order as callers see it. Times are RFC 3339. */
export interface OrderView {
  id: string;
  status: OrderStatus;
  reason?: string;
  flow: OrderFlow;
  customerId: string;
  email: string;
  currency: string;
  totalCents: number;
  lines: OrderLine[];
  version: number;
  createdAt: string;
  updatedAt: string;
}

export function viewOf(order: Order, lines: readonly OrderLine[] = order.lines): OrderView {
  const { state } = order;
  return {
    id: state.id,
    status: state.status,
    ...(state.reason !== undefined && { reason: state.reason }),
    flow: state.flow,
    customerId: state.customerId,
    email: state.email,
    currency: state.currency,
    totalCents: state.totalCents,
    lines: [...lines],
    version: state.version,
    createdAt: state.createdAt.toISOString(),
    updatedAt: state.updatedAt.toISOString(),
  };
}
