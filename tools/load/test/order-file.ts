import { parseOrderHistory, type OrderHistory, type ReadOptions } from '../src/replay/read-file.ts';

export const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

export function read(text: string | Buffer, chunkBytes = 64, options?: ReadOptions): Promise<OrderHistory> {
  const bytes = Buffer.from(text);
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  return parseOrderHistory('day.csv', chunks(), options);
}

export function row(overrides: Partial<Record<string, string>> = {}): string {
  const values: Record<string, string | undefined> = {
    InvoiceNo: '1',
    StockCode: '85123A',
    Description: '"HEART, ""WHITE"""',
    Quantity: '6',
    InvoiceDate: '2011-12-05 08:38:00',
    UnitPrice: '2.55',
    CustomerID: '17850.0',
    Country: 'United Kingdom',
    ...overrides,
  };
  return header
    .split(',')
    .map((name) => values[name])
    .join(',');
}

export function file(...rows: string[]): string {
  return [header, ...rows, ''].join('\n');
}
