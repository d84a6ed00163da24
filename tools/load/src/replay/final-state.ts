import { createHash } from 'node:crypto';
import type { DatabaseSnapshot } from '../ledger/databases.ts';
import type { OrderSnapshot } from '../ledger/snapshot.ts';
import type { FlowPlan } from '../plan/flow-plan.ts';
import type { Schedule } from '../plan/order.ts';

export interface FinalState {
  confirmed: number;
  /** SHA-256 over the confirmed orders, one JSON line each, sorted: invoice, customer, lines, total. */
  confirmedHash: string;
  /** SHA-256 over the stock, one JSON line per SKU, sorted: sku, available, reserved. */
  finalStockHash: string;
}

/**
 * What a replay left in the services' own databases, in a form that two flows can be compared by: without run prefixes,
 * ids and times.
 */
export function finalState(databases: DatabaseSnapshot, plan: FlowPlan): FinalState {
  const bare = (sku: string): string => (sku.startsWith(plan.skuPrefix) ? sku.slice(plan.skuPrefix.length) : sku);
  const confirmed = databases.orders
    .filter((order) => order.status === 'CONFIRMED')
    .map(({ index, customerId, lines, totalCents }) => {
      const invoice = index === undefined ? undefined : plan.orders[index]?.draft.source;
      const bareLines = lines.map((line) => ({ ...line, sku: bare(line.sku) }));
      return orderLine(invoice, customerId, bareLines, totalCents);
    });
  const stock = databases.stock.map((row) => stockLine(bare(row.sku), row.available, row.reserved));
  return stateOf(confirmed, stock);
}

/** The state in which every order of the schedule is confirmed and all stock is sold. */
export function expectedState(schedule: Schedule): FinalState {
  const confirmed = schedule.orders.map(({ source, customerId, lines }) => {
    const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0);
    return orderLine(source, customerId, lines, totalCents);
  });
  return stateOf(
    confirmed,
    [...schedule.stock].map(([sku, units]) => stockLine(sku, 0, units)),
  );
}

function orderLine(
  invoice: string | undefined,
  customerId: string,
  lines: OrderSnapshot['lines'],
  totalCents: number,
): string {
  const bare = lines.map(({ sku, quantity, unitPriceCents }) => [sku, quantity, unitPriceCents]);
  return JSON.stringify([invoice ?? null, customerId, bare, totalCents]);
}

function stockLine(sku: string, available: number, reserved: number): string {
  return JSON.stringify([sku, available, reserved]);
}

function stateOf(confirmed: string[], stock: string[]): FinalState {
  return { confirmed: confirmed.length, confirmedHash: hash(confirmed), finalStockHash: hash(stock) };
}

function hash(lines: string[]): string {
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}
