import { ascending } from './curves.ts';
import { burstIdeal, type BurstShape } from './ideal.ts';
import { demandOf, type OrderDraft, type Schedule } from './order.ts';
import { seededRandom } from './random.ts';

export interface BurstOptions extends BurstShape {
  seed: number;
  /** Number of different customers. */
  customers: number;
}

const skuCount = 50;
/** So few units of these that some of the orders are rejected. */
const scarceSkus = 2;
const maxQuantity = 3;

/**
 * X·μ orders per second for T seconds, then b·μ until a perfect queue would have drained. Arrivals are a Poisson
 * process of which the count is known: that many independent uniform instants, sorted.
 */
export function burstSchedule(options: BurstOptions): Schedule {
  const random = seededRandom(options.seed);
  const ideal = burstIdeal(options);
  const burstMs = options.seconds * 1000;
  const times = [
    ...instants(random, options.factor * options.capacity * options.seconds, 0, burstMs),
    ...instants(random, options.base * options.capacity * ideal.drainSeconds, burstMs, ideal.drainSeconds * 1000),
  ];
  const orders = times.map((atMs) => draft(atMs, options.customers, random));
  return { orders, stock: stockFor(orders), burstEndMs: burstMs, ideal };
}

/** A few orders ahead of the run, evenly spaced, that let the services compile their hot paths. Not measured. */
export function warmUpSchedule(count: number, ratePerSecond: number, seed: number): Schedule {
  const random = seededRandom(seed);
  const orders = Array.from({ length: count }, (_, index) => draft((index * 1000) / ratePerSecond, count, random));
  const stock = new Map(skuNames().map((sku) => [sku, count * maxQuantity * 3]));
  const burstEndMs = (count * 1000) / ratePerSecond;
  return { orders, stock, burstEndMs, ideal: burstIdeal({ factor: 1, seconds: 0, base: 0, capacity: ratePerSecond }) };
}

function instants(random: () => number, expected: number, fromMs: number, lengthMs: number): number[] {
  return ascending(Array.from({ length: Math.round(expected) }, () => fromMs + random() * lengthMs));
}

function draft(atMs: number, customers: number, random: () => number): OrderDraft {
  const pick = (below: number): number => Math.floor(random() * below);
  const lines = Array.from({ length: 1 + pick(3) }, () => {
    const sku = pick(skuCount);
    return { sku: skuName(sku), quantity: 1 + pick(maxQuantity), unitPriceCents: 199 + sku * 25 };
  });
  return { atMs, customerId: `c${String(pick(customers) + 1).padStart(5, '0')}`, currency: 'EUR', lines };
}

/** Enough for every order, except for the scarce SKUs: half of what the orders ask for. */
function stockFor(orders: OrderDraft[]): Map<string, number> {
  const demand = demandOf(orders);
  const entries = skuNames().map((sku, index) => {
    const units = demand.get(sku) ?? 0;
    return [sku, index < scarceSkus ? Math.floor(units / 2) : units + 100] as const;
  });
  return new Map(entries);
}

function skuNames(): string[] {
  return Array.from({ length: skuCount }, (_, index) => skuName(index));
}

function skuName(index: number): string {
  return `sku-${String(index + 1).padStart(2, '0')}`;
}
