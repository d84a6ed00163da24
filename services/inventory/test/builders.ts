import { randomUUID } from 'node:crypto';
import type { ReservationRequest } from '../src/domain/allocation.ts';

/** `aRequest({ a: 2, b: 1 })`: an order that wants two of a and one of b. */
export function aRequest(wanted: Record<string, number>, orderId: string = randomUUID()): ReservationRequest {
  return { orderId, lines: Object.entries(wanted).map(([sku, quantity]) => ({ sku, quantity })) };
}
