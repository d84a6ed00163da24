import { demandOf } from '../plan/order.ts';
import type { Snapshot, Ledger } from './snapshot.ts';

/**
 * What was set is what is available plus what confirmed orders hold, and no other order holds anything. Three accounts are
 * compared (the orders' lines, the stock's counters, the reservations); per SKU the worst difference counts.
 */
export function checkStock(snapshot: Snapshot): Pick<Ledger, 'oversold' | 'undersold'> {
  const { orders, reservations, stock, stockSet } = snapshot;
  const holders = new Set(reservations.filter((one) => one.status === 'RESERVED').map((one) => one.orderId));
  const confirmed = orders.filter((order) => order.status === 'CONFIRMED');
  const sold = demandOf(confirmed);
  const unbacked = demandOf(confirmed.filter((order) => !holders.has(order.id)));
  const heldByOthers = demandOf(orders.filter((order) => order.status !== 'CONFIRMED' && holders.has(order.id)));
  const counters = new Map(stock.map((row) => [row.sku, row]));
  let oversold = 0;
  let undersold = 0;
  for (const [sku, set] of stockSet) {
    const { available, reserved } = counters.get(sku) ?? { available: 0, reserved: 0 };
    const units = sold.get(sku) ?? 0;
    const drift = available + units - set;
    const uncounted = units - reserved;
    oversold += Math.max(0, drift, uncounted, -available, unbacked.get(sku) ?? 0);
    undersold += Math.max(0, -drift, -uncounted, heldByOthers.get(sku) ?? 0);
  }
  for (const [sku, units] of sold) if (!stockSet.has(sku)) oversold += units;
  return { oversold, undersold };
}
