import type { OrderLine } from '../src/domain/order-line.ts';
import { Order, type OrderDraft } from '../src/domain/order.ts';
import type { PlaceOrderRequest } from '../src/app/place-orders.ts';
import { v7 as uuidv7 } from 'uuid';

export function aLine(overrides: Partial<OrderLine> = {}): OrderLine {
  return { sku: 'BOOK', quantity: 2, unitPriceCents: 1_250, ...overrides };
}

export function aDraft(overrides: Partial<OrderDraft> = {}): OrderDraft {
  const placedAt = new Date();
  return {
    id: uuidv7(),
    customerId: 'ada',
    email: 'ada@example.com',
    currency: 'EUR',
    lines: [aLine()],
    flow: 'async',
    deadlineAt: new Date(placedAt.getTime() + 900_000),
    placedAt,
    ...overrides,
  };
}

/** A pending order whose first event was taken. */
export function anOrder(overrides: Partial<OrderDraft> = {}): Order {
  const order = Order.place(aDraft(overrides));
  order.takeChanges();
  return order;
}

export function aRequest(overrides: Partial<PlaceOrderRequest> = {}): PlaceOrderRequest {
  const { placedAt: _, ...draft } = aDraft();
  return { ...draft, lines: [...draft.lines], ...overrides };
}

/** What a customer sends. */
export function anOrderBody(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { customerId: 'ada', email: 'ada@example.com', currency: 'EUR', lines: [aLine()], ...overrides };
}
