import { pageQuery, text, textCursor } from '@sluice/service-kit';
import { z } from 'zod';

export const skuParam = text(1, 64);
export const stockQuery = pageQuery(textCursor);
export type StockQuery = z.infer<typeof stockQuery>;

export const stockBody = z.object({ available: z.int().min(0).max(1_000_000_000_000) });
export type StockBody = z.infer<typeof stockBody>;

export const stockLevel = z.object({ sku: z.string(), available: z.int(), reserved: z.int() });
export const stockPage = z.object({ items: z.array(stockLevel), nextCursor: z.string().optional() });
