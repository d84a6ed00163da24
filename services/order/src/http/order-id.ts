import { newId } from '@sluice/core';
import { v5 as uuidv5 } from 'uuid';
import type { OrderFlow } from '../domain/order.ts';

const namespace = 'f0c1f8f2-6a55-4f0c-9d0e-3b8a0f4c7a52';

/**
 * A new id. In the log flow, whose door asks no database, a key decides the id: repeated requests name the same order
 * wherever they arrive, and meet in one partition of the log. See docs/adr/0014.
 */
export function orderIdFor(flow: OrderFlow, customerId: string, key: string | undefined): string {
  if (flow !== 'log' || key === undefined) return newId();
  return uuidv5(JSON.stringify([customerId, key]), namespace);
}
