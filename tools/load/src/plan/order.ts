/** One order of a schedule, before a run gives its SKUs and addresses a prefix of their own. */
export interface OrderDraft {
  /** When it is due, in milliseconds after the start of the run. */
  atMs: number;
  customerId: string;
  currency: string;
  lines: { sku: string; quantity: number; unitPriceCents: number }[];
  /** The document it comes from, e.g. an invoice number; absent for made-up orders. */
  source?: string;
}

/** Units that these orders ask for, per SKU. */
export function demandOf(orders: readonly Pick<OrderDraft, 'lines'>[]): Map<string, number> {
  const demand = new Map<string, number>();
  for (const { sku, quantity } of orders.flatMap(({ lines }) => lines)) {
    demand.set(sku, (demand.get(sku) ?? 0) + quantity);
  }
  return demand;
}

/** What is sent to a flow and when: the same for every flow of a run. */
export interface Schedule {
  /** Sorted by `atMs`. */
  orders: OrderDraft[];
  /** Units to put on stock per SKU before the run. */
  stock: Map<string, number>;
  /** When the burst is over and the backlog should shrink, in milliseconds after the start. */
  burstEndMs: number;
  /** What a perfect queue in front of the provider would do with this schedule. */
  ideal: Ideal;
}

export interface Ideal {
  peakLag: number;
  /** Order-seconds: the integral of the lag. */
  lagArea: number;
  /** From the end of the burst until the backlog is gone. */
  drainSeconds: number;
  /** The lag over time as corner points `[second, lag]`. */
  line: [number, number][];
}
