import { createHash } from 'node:crypto';

export interface BenchRecord {
  key: string;
  value: string;
}

/** That number of different `order.placed` events as JSON, about 600 bytes each and keyed by order id; the same every time. */
export function orderRecords(count: number): BenchRecord[] {
  return Array.from({ length: count }, (_, index) => orderRecord(index));
}

function orderRecord(index: number): BenchRecord {
  const orderId = uuidOf(`order ${index}`);
  const customerId = String(10_000 + (index % 5_000));
  const lines = Array.from({ length: 7 }, (_, line) => ({
    sku: `SKU-${(index * 7 + line) % 1_000}`,
    quantity: 1 + (line % 3),
    unitPriceCents: 199 + line * 50,
  }));
  const totalCents = lines.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0);
  const email = `customer-${customerId}@example.com`;
  return { key: orderId, value: JSON.stringify({ orderId, customerId, email, currency: 'GBP', totalCents, lines }) };
}

/** A valid UUID that depends on the text alone. */
export function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
