import { OutcomeUnknown } from '@sluice/core';
import { ProblemException } from '@sluice/service-kit';
import type { OrderView } from '../app/order-view.ts';
import type { PlaceOrderRequest } from '../app/place-orders.ts';
import { callFailureOf } from '../domain/errors.ts';

export function locationOf(orderId: string): string {
  return `/orders/${orderId}`;
}

/** A confirmed synchronous order is its own answer; any other terminal status is a problem that names the order. */
export function confirmedOrProblem(order: OrderView): OrderView {
  if (order.status === 'CONFIRMED') return order;
  const details = { orderId: order.id, reason: order.reason };
  const headers = { location: locationOf(order.id) };
  if (order.status === 'REJECTED') {
    throw new ProblemException(409, 'order-rejected', `The order was rejected: ${order.reason}.`, details, headers);
  }
  const { status, why, ...more } = cancellation(order.reason);
  const message = `The order was cancelled, because ${why}: ${order.reason}.`;
  throw new ProblemException(status, 'order-cancelled', message, details, { ...headers, ...more.headers });
}

/** From the reason and not from the error: a repeated request is answered like the first one. */
function cancellation(reason: string | undefined): { status: number; why: string; headers?: Record<string, string> } {
  switch (callFailureOf(reason)) {
    case 'refused':
      return { status: 422, why: 'a call that it needed was refused' };
    case 'unavailable':
      return { status: 503, why: 'a call that it needed can not be made now', headers: { 'retry-after': '1' } };
    default:
      return { status: 504, why: 'a call that it needed failed' };
  }
}

/** 504 when the outcome of the request is unknown: the caller looks for the order, or repeats with the same key. */
export async function orUnknown<T>(
  { id, idempotency }: Pick<PlaceOrderRequest, 'id' | 'idempotency'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    // With a key the order may be an earlier request's, under another id.
    const { orderId = idempotency ? undefined : id } = error.details as { orderId?: string };
    const headers: Record<string, string> = orderId ? { location: locationOf(orderId) } : {};
    throw new ProblemException(504, 'outcome-unknown', error.message, { orderId }, headers);
  }
}
