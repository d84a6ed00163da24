const skus = Array.from({ length: 50 }, (_, i) => `bench-${String(i + 1).padStart(2, '0')}`);
/** Enough of each SKU that no order is rejected. */
export const benchStock: ReadonlyMap<string, number> = new Map(skus.map((sku) => [sku, 1_000_000_000]));

const customers = 1_000;

/** Bodies of `POST /orders` with two lines each, the same every time. */
export function orderBodies(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const customerId = `c${String(i % customers).padStart(5, '0')}`;
    const lines = [0, 1].map((line) => {
      return { sku: skus[(i * 7 + line * 13) % skus.length], quantity: 1, unitPriceCents: 199 + 25 * line };
    });
    return JSON.stringify({ customerId, email: `${customerId}@bench.example`, currency: 'EUR', lines });
  });
}
