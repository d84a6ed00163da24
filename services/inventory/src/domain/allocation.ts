export interface ReservationLine {
  sku: string;
  /** At least 1. */
  quantity: number;
}

export interface ReservationRequest {
  orderId: string;
  /** A SKU may occur in several lines. */
  lines: ReservationLine[];
}

export type Allocation =
  | { orderId: string; status: 'RESERVED'; taken: Map<string, number> }
  | { orderId: string; status: 'REJECTED'; reason: 'out-of-stock' | 'unknown-sku'; sku: string };

/** How much of each SKU an order wants, in the order of its lines. */
export function demandOf(lines: readonly ReservationLine[]): Map<string, number> {
  const demand = new Map<string, number>();
  for (const { sku, quantity } of lines) demand.set(sku, (demand.get(sku) ?? 0) + quantity);
  return demand;
}

/**
 * Gives stock to orders in the order of the requests, to each all that it wants or nothing. `available` has what is
 * there of each known SKU and is used up on the way.
 */
export function allocate(requests: readonly ReservationRequest[], available: Map<string, number>): Allocation[] {
  return requests.map(({ orderId, lines }) => {
    const demand = demandOf(lines);
    for (const [sku, quantity] of demand) {
      const left = available.get(sku);
      if (left === undefined) return { orderId, status: 'REJECTED', reason: 'unknown-sku', sku };
      if (left < quantity) return { orderId, status: 'REJECTED', reason: 'out-of-stock', sku };
    }
    for (const [sku, quantity] of demand) available.set(sku, (available.get(sku) ?? 0) - quantity);
    return { orderId, status: 'RESERVED', taken: demand };
  });
}
