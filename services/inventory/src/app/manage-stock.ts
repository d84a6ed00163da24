import { Injectable } from '@nestjs/common';
import { AppError } from '@sluice/core';
import { StockStore, type StockLevel } from './ports.ts';

@Injectable()
export class ManageStock {
  constructor(private readonly stock: StockStore) {}

  set(sku: string, available: number): Promise<StockLevel> {
    return this.stock.set(sku, available);
  }

  async get(sku: string): Promise<StockLevel> {
    const level = await this.stock.find(sku);
    if (!level) throw new AppError('not-found', 'sku-not-found', `There is no SKU ${sku}.`, { details: { sku } });
    return level;
  }

  list(after: string | undefined, limit: number): Promise<StockLevel[]> {
    return this.stock.list(after, limit);
  }
}
