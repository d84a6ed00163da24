import { Injectable } from '@nestjs/common';
import type { Transaction } from '@sluice/messaging';
import { StockStore } from './ports.ts';

@Injectable()
export class ReleaseStock {
  constructor(private readonly stock: StockStore) {}

  /**
   * Idempotent. An order whose reserve was not seen yet gets a tombstone, which that reserve will honour. Returns the
   * orders that held stock until now.
   */
  async run(tx: Transaction, orderIds: string[]): Promise<string[]> {
    return this.stock.release(tx, [...new Set(orderIds)]);
  }
}
