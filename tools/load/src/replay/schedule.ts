import { demandOf, type OrderDraft, type Schedule } from '../plan/order.ts';
import { queueIdeal } from '../plan/ideal.ts';
import type { Invoice } from './order-history.ts';

export const defaultReplaySeconds = 60;
/** The data is a British shop's. */
const currency = 'GBP';

/** How many times faster than it happened a file is replayed so that it takes about a minute; at least 1. */
export function defaultSpeed(invoices: Invoice[]): number {
  return Math.max(1, Math.round(spanMs(invoices) / 1000 / defaultReplaySeconds));
}

/**
 * One order per invoice at its own time, compressed. Stock is what all of them ask for, so that every order can be
 * confirmed; `scarce` (0 to 1) puts only that part of it on stock.
 */
export function replaySchedule(invoices: Invoice[], speed: number, capacity: number, scarce = 1): Schedule {
  const first = invoices[0]?.atMs ?? 0;
  const orders: OrderDraft[] = invoices.map(({ invoice, customerId, atMs, lines }) => ({
    atMs: (atMs - first) / speed,
    customerId,
    currency,
    lines,
    source: invoice,
  }));
  const stock = new Map([...demandOf(orders)].map(([sku, units]) => [sku, Math.floor(units * scarce)]));
  const ideal = queueIdeal(
    orders.map((order) => order.atMs),
    capacity,
  );
  return { orders, stock, burstEndMs: orders.at(-1)?.atMs ?? 0, ideal };
}

function spanMs(invoices: Invoice[]): number {
  return (invoices.at(-1)?.atMs ?? 0) - (invoices[0]?.atMs ?? 0);
}
