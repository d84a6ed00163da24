import type { Transaction } from '@sluice/messaging';
import type { Allocation } from '../domain/allocation.ts';
import type { Reservation } from '../domain/reservation.ts';

export interface StockLevel {
  sku: string;
  available: number;
  reserved: number;
}

/** Implemented on PostgreSQL, and in memory for tests. Every list may hold hundreds of entries. */
export abstract class StockStore {
  /**
   * Creates a reservation for every order that has none, and locks the existing ones until the transaction ends.
   * Returns the locked ones by order id; all others are new and have to be completed by `apply`.
   */
  abstract createMissing(tx: Transaction, orderIds: string[]): Promise<Map<string, Reservation>>;

  /** Locks the SKUs in sorted order, so that two transactions can't wait for each other; unknown ones are left out. */
  abstract lock(tx: Transaction, skus: string[]): Promise<Map<string, number>>;

  /** Writes the allocations: stock, ledger and reservations. */
  abstract apply(tx: Transaction, allocations: Allocation[]): Promise<void>;

  /** A reserve has found these tombstones. */
  abstract consumeTombstones(tx: Transaction, orderIds: string[]): Promise<void>;

  /** Gives back what these orders hold; a tombstone where nothing is known. Returns the orders that held some. */
  abstract release(tx: Transaction, orderIds: string[]): Promise<string[]>;

  /** Sets what is available; what is reserved stays. */
  abstract set(sku: string, available: number): Promise<StockLevel>;

  abstract find(sku: string): Promise<StockLevel | undefined>;

  /** In the order of the SKUs, those after `after`. */
  abstract list(after: string | undefined, limit: number): Promise<StockLevel[]>;
}
