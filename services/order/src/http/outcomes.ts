import { OutcomeUnknown as CommitOutcomeUnknown } from '@sluice/core';
import { ProblemException } from '@sluice/service-kit';
import type { OrderView } from '../app/order-view.ts';
import type { PlaceOrderRequest } from '../app/ports.ts';
import { OutcomeUnknown } from '../domain/errors.ts';

export function locationOf(orderId: string): string {
  return `/orders/${orderId}`;
}

/** A synchronous order that ended well is its own answer; any other end is a problem that names the order. */
export function settledOrProblem(order: OrderView): OrderView {
  if (order.status === 'CONFIRMED') return order;
  const details = { orderId: order.id, reason: order.reason };
  const headers = { location: locationOf(order.id) };
  if (order.status === 'REJECTED') {
    throw new ProblemException(409, 'order-rejected', `The order was rejected: ${order.reason}.`, details, headers);
  }
  const message = `The order was cancelled, because what its request did is not known: ${order.reason}.`;
  throw new ProblemException(504, 'order-cancelled', message, details, headers);
}

/** 504 when it is not known what became of the request: look for the order, or repeat with the same key. */
export async function sayWhenUnknown<T>(
  { id, idempotency }: Pick<PlaceOrderRequest, 'id' | 'idempotency'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OutcomeUnknown || error instanceof CommitOutcomeUnknown)) throw error;
    // With a key the order may be an earlier request's, under another id.
    const known = error instanceof OutcomeUnknown ? error.orderId : undefined;
    const orderId = known ?? (idempotency ? undefined : id);
    const headers: Record<string, string> = orderId ? { location: locationOf(orderId) } : {};
    throw new ProblemException(504, 'outcome-unknown', error.message, { orderId }, headers);
  }
}
