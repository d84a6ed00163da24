import { Injectable } from '@nestjs/common';
import type { Transaction } from '@sluice/messaging';
import { allocate, type Allocation, type ReservationRequest } from '../domain/allocation.ts';
import { outcomeOf, type ReservationOutcome } from '../domain/reservation.ts';
import { StockStore } from './ports.ts';

@Injectable()
export class ReserveStock {
  constructor(private readonly stock: StockStore) {}

  /**
   * All-or-nothing per order, first come first served; idempotent on order id. Outcomes come back in the order of the
   * requests.
   */
  async run(tx: Transaction, requests: ReservationRequest[]): Promise<ReservationOutcome[]> {
    const byOrder = new Map<string, ReservationRequest>();
    for (const request of requests) if (!byOrder.has(request.orderId)) byOrder.set(request.orderId, request);

    const known = await this.stock.claim(tx, [...byOrder.keys()]);
    const fresh = [...byOrder.values()].filter(({ orderId }) => !known.has(orderId));
    const allocated = await this.allocate(tx, fresh);
    const met = [...known.values()].filter(({ status, version }) => status === 'TOMBSTONE' && version === 0);
    if (met.length > 0)
      await this.stock.honour(
        tx,
        met.map(({ orderId }) => orderId),
      );

    const outcomes = new Map<string, ReservationOutcome>();
    for (const reservation of known.values()) outcomes.set(reservation.orderId, outcomeOf(reservation));
    for (const allocation of allocated) outcomes.set(allocation.orderId, fromAllocation(allocation));
    const answered = new Set<string>();
    return requests.map(({ orderId }) => {
      const outcome = outcomes.get(orderId);
      if (!outcome) throw new Error(`no outcome for order ${orderId}`);
      const repeated = outcome.repeated || answered.has(orderId);
      answered.add(orderId);
      return { ...outcome, repeated };
    });
  }

  private async allocate(tx: Transaction, requests: ReservationRequest[]): Promise<Allocation[]> {
    if (requests.length === 0) return [];
    const skus = new Set(requests.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
    const allocations = allocate(requests, await this.stock.lock(tx, [...skus]));
    await this.stock.settle(tx, allocations);
    return allocations;
  }
}

function fromAllocation(allocation: Allocation): ReservationOutcome {
  const { orderId } = allocation;
  if (allocation.status === 'RESERVED') return { orderId, status: 'RESERVED', repeated: false };
  return { orderId, status: 'REJECTED', reason: allocation.reason, sku: allocation.sku, repeated: false };
}
