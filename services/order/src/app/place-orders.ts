import { Injectable } from '@nestjs/common';
import type { Transaction } from '@sluice/messaging';
import { Order } from '../domain/order.ts';
import {
  IdempotencyKeys,
  OrderStore,
  type KeyClaim,
  type KeyHolder,
  type NewOrder,
  type PlaceOrderOutcome,
  type PlaceOrderRequest,
} from './ports.ts';

@Injectable()
export class PlaceOrders {
  constructor(
    private readonly orders: OrderStore,
    private readonly keys: IdempotencyKeys,
  ) {}

  /** One transaction for all requests: orders, history, events and idempotency keys. Outcomes in their order. */
  async run(tx: Transaction, requests: PlaceOrderRequest[]): Promise<PlaceOrderOutcome[]> {
    const holders = await this.claimKeys(tx, requests);
    const placed: NewOrder[] = [];
    const outcomes = requests.map((request): PlaceOrderOutcome => {
      const holder = holders.get(keyOf(request));
      if (holder && (holder.placed || holder.orderId !== request.id)) {
        return holder.fingerprint === request.idempotency?.fingerprint
          ? { kind: 'repeated', orderId: holder.orderId }
          : { kind: 'key-reused', orderId: holder.orderId };
      }
      // Requests with the same key may come for the same order: only the first places it.
      if (holder) holder.placed = true;
      const order = Order.place({ ...request, placedAt: request.placedAt ?? new Date() });
      placed.push({ order, traceparent: request.traceparent });
      return { kind: 'placed', order };
    });
    if (placed.length > 0) await this.orders.insert(tx, placed);
    return outcomes;
  }

  private async claimKeys(tx: Transaction, requests: PlaceOrderRequest[]): Promise<Map<string | undefined, KeyHolder>> {
    const claims = new Map<string | undefined, KeyClaim>();
    for (const request of requests) {
      const key = keyOf(request);
      if (!request.idempotency || claims.has(key)) continue;
      claims.set(key, { customerId: request.customerId, orderId: request.id, ...request.idempotency });
    }
    if (claims.size === 0) return new Map();
    // Everyone claims in the same order: two batches with keys in common wait, but never for each other.
    const sorted = [...claims].sort(([a], [b]) => (a! < b! ? -1 : 1));
    const holders = await this.keys.claim(
      tx,
      sorted.map(([, claim]) => claim),
    );
    return new Map(sorted.map(([key], i) => [key, holders[i]!]));
  }
}

function keyOf({ customerId, idempotency }: PlaceOrderRequest): string | undefined {
  return idempotency && JSON.stringify([customerId, idempotency.key]);
}
