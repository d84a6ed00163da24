import { requestJson } from '@sluice/kit/request-json';

const concurrency = 16;

/** Sets the stock of every SKU before a run, as an administrator would. */
export async function putStock(inventoryUrl: string, adminToken: string, stock: Map<string, number>): Promise<void> {
  const entries = stock.entries();
  const worker = async (): Promise<void> => {
    for (const [sku, available] of entries) {
      const url = `${inventoryUrl}/stock/${encodeURIComponent(sku)}`;
      await requestJson('PUT', url, { body: { available }, token: adminToken });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}
