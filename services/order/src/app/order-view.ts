import { totalCentsOf, type OrderLine } from '../domain/order-line.ts';
import type { Order, OrderFlow, OrderStatus } from '../domain/order.ts';

/** An order as callers see it. Times are RFC 3339. */
export interface OrderView {
  id: string;
  /** `ACCEPTED`: it is in the log and not placed yet; its `version` is 0, because nothing has happened to it so far. */
  status: OrderStatus | 'ACCEPTED';
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

type AcceptedRequest = Pick<OrderView, 'id' | 'customerId' | 'email' | 'currency' | 'lines'>;

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

/** An order of which only the log knows. Throws `InvalidOrder`. */
export function acceptedViewOf({ id, customerId, email, currency, lines }: AcceptedRequest, at: Date): OrderView {
  const totalCents = totalCentsOf(lines);
  const [createdAt, flow] = [at.toISOString(), 'log'] as const;
  const order = { customerId, email, currency, totalCents, lines };
  return { id, status: 'ACCEPTED', flow, ...order, version: 0, createdAt, updatedAt: createdAt };
}

/** The answer to the request that placed the order, whatever happened to it since. */
export function asPlaced({ reason: _later, ...order }: OrderView): OrderView {
  return { ...order, status: 'PENDING', version: 1, updatedAt: order.createdAt };
}
