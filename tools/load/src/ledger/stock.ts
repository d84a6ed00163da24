import type { Snapshot, Ledger, OrderSnapshot } from './snapshot.ts';

class Units extends Map<string, number> {
  add(sku: string, units: number): void {
    this.set(sku, this.of(sku) + units);
  }

  addLines(order: OrderSnapshot): void {
    for (const { sku, quantity } of order.lines) this.add(sku, quantity);
  }

  of(sku: string): number {
    return this.get(sku) ?? 0;
  }
}

/**
 * What was set is what is available plus what confirmed orders hold, and no other order holds anything. Three accounts are
 * compared (the orders' lines, the stock's counters, the reservations); per SKU the worst difference counts.
 */
export function checkStock(snapshot: Snapshot): Pick<Ledger, 'oversold' | 'undersold'> {
  const reservedIds = new Set(snapshot.reservations.filter((r) => r.status === 'RESERVED').map((r) => r.orderId));
  const sold = new Units();
  const unbacked = new Units();
  const heldByOthers = new Units();
  for (const order of snapshot.orders) {
    const confirmed = order.status === 'CONFIRMED';
    const holds = reservedIds.has(order.id);
    if (confirmed) sold.addLines(order);
    if (confirmed && !holds) unbacked.addLines(order);
    if (!confirmed && holds) heldByOthers.addLines(order);
  }
  const counters = new Map(snapshot.stock.map((row) => [row.sku, row]));
  let oversold = 0;
  let undersold = 0;
  for (const [sku, set] of snapshot.stockSet) {
    const { available, reserved } = counters.get(sku) ?? { available: 0, reserved: 0 };
    const drift = available + sold.of(sku) - set;
    const uncounted = sold.of(sku) - reserved;
    oversold += Math.max(0, drift, uncounted, -available, unbacked.of(sku));
    undersold += Math.max(0, -drift, -uncounted, heldByOthers.of(sku));
  }
  for (const sku of sold.keys()) if (!snapshot.stockSet.has(sku)) oversold += sold.of(sku);
  return { oversold, undersold };
}
