import { Transactions, type Transaction } from '@sluice/messaging';
import { StockStore, type StockLevel } from '../src/app/ports.ts';
import type { Allocation } from '../src/domain/allocation.ts';
import type { Reservation } from '../src/domain/reservation.ts';

/** The port without a database: one transaction at a time, and no rollback. */
export class MemoryStockStore extends StockStore {
  readonly #levels = new Map<string, StockLevel>();
  readonly #reservations = new Map<string, Reservation & { taken: Map<string, number> }>();

  override async createMissing(_: Transaction, orderIds: string[]): Promise<Map<string, Reservation>> {
    const known = orderIds.flatMap((id) => this.#reservations.get(id) ?? []);
    for (const id of orderIds) if (!this.#reservations.has(id)) this.#write(id, 'RESERVED', 1);
    return new Map(known.map((reservation) => [reservation.orderId, { ...reservation }]));
  }

  override async lock(_: Transaction, skus: string[]): Promise<Map<string, number>> {
    return new Map(skus.flatMap((sku) => this.#levels.get(sku) ?? []).map(({ sku, available }) => [sku, available]));
  }

  override async apply(_: Transaction, allocations: Allocation[]): Promise<void> {
    for (const allocation of allocations) {
      const reservation = this.#reservations.get(allocation.orderId);
      if (!reservation) throw new Error(`${allocation.orderId} has no reservation`);
      if (allocation.status === 'REJECTED') {
        Object.assign(reservation, { status: 'REJECTED', reason: allocation.reason, sku: allocation.sku });
        continue;
      }
      reservation.taken = allocation.taken;
      this.#move(allocation.taken, 1);
    }
  }

  override async consumeTombstones(_: Transaction, orderIds: string[]): Promise<void> {
    for (const id of orderIds) this.#write(id, 'TOMBSTONE', 1);
  }

  override async release(_: Transaction, orderIds: string[]): Promise<string[]> {
    const holding = orderIds.filter((id) => this.#reservations.get(id)?.status === 'RESERVED');
    for (const id of orderIds) if (!this.#reservations.has(id)) this.#write(id, 'TOMBSTONE', 0);
    for (const id of holding) {
      this.#move(this.#reservations.get(id)?.taken ?? new Map<string, number>(), -1);
      this.#write(id, 'RELEASED', 2);
    }
    return holding;
  }

  override async set(sku: string, available: number): Promise<StockLevel> {
    const level = { sku, available, reserved: this.#levels.get(sku)?.reserved ?? 0 };
    this.#levels.set(sku, level);
    return { ...level };
  }

  override async find(sku: string): Promise<StockLevel | undefined> {
    const level = this.#levels.get(sku);
    return level && { ...level };
  }

  override async list(after: string | undefined, limit: number): Promise<StockLevel[]> {
    const sorted = [...this.#levels.values()].sort((a, b) => (a.sku < b.sku ? -1 : 1));
    return sorted.filter(({ sku }) => after === undefined || sku > after).slice(0, limit);
  }

  #write(orderId: string, status: Reservation['status'], version: number): void {
    const taken = new Map<string, number>();
    this.#reservations.set(orderId, { orderId, status, version, reason: undefined, sku: undefined, taken });
  }

  #move(taken: Map<string, number>, sign: 1 | -1): void {
    for (const [sku, quantity] of taken) {
      const level = this.#levels.get(sku);
      if (!level) throw new Error(`${sku} is unknown`);
      level.available -= sign * quantity;
      level.reserved += sign * quantity;
    }
  }
}

export class NoTransactions extends Transactions {
  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return work({} as Transaction);
  }
}
