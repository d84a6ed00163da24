import type { OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { Inventory, type RemoteCall } from '../app/ports.ts';
import type { OrderLine } from '../domain/order-line.ts';
import { DownstreamFailed } from '../domain/errors.ts';
import type { StockOutcome } from '../domain/order.ts';
import type { DownstreamClient } from './downstream.client.ts';

const rejection = z.object({ code: z.literal('stock-rejected'), reason: z.string() });

export class InventoryClient extends Inventory implements OnApplicationShutdown {
  constructor(private readonly http: DownstreamClient) {
    super();
  }

  /** After the last request and the last round of compensations. */
  async onApplicationShutdown(): Promise<void> {
    await this.http.close();
  }

  override accepting(): boolean {
    return this.http.accepting();
  }

  override async reserve(orderId: string, lines: readonly OrderLine[], call: RemoteCall): Promise<StockOutcome> {
    const body = { orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
    const request = { method: 'POST', path: '/reservations', body, expect: [201, 409], call } as const;
    const response = await this.http.send(request);
    if (response.status === 201) return { reserved: true };
    const rejected = rejection.safeParse(response.body);
    if (rejected.success) return { reserved: false, reason: rejected.data.reason };
    throw new DownstreamFailed('inventory-failed', 'inventory answered a conflict of another kind');
  }

  override async release(orderId: string, call: RemoteCall): Promise<void> {
    await this.http.send({ method: 'DELETE', path: `/reservations/${orderId}`, expect: [204], call });
  }
}
