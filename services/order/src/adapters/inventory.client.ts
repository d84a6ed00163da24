import { z } from 'zod';
import type { Inventory, RemoteCall } from '../app/ports.ts';
import { DownstreamFailed } from '../domain/errors.ts';
import type { OrderLine } from '../domain/order-line.ts';
import type { StockOutcome } from '../domain/order.ts';
import { DownstreamClient } from './downstream.client.ts';

const rejection = z.object({ code: z.literal('stock-rejected'), reason: z.string() });

export class InventoryClient extends DownstreamClient implements Inventory {
  async reserve(orderId: string, lines: readonly OrderLine[], call: RemoteCall): Promise<StockOutcome> {
    const body = { orderId, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) };
    const response = await this.send({ method: 'POST', path: '/reservations', body, expect: [201, 409], call });
    if (response.status === 201) return { reserved: true };
    const rejected = rejection.safeParse(response.body);
    if (rejected.success) return { reserved: false, reason: rejected.data.reason };
    throw new DownstreamFailed('inventory', 'refused', 'answered a conflict of another kind');
  }

  async release(orderId: string, call: RemoteCall): Promise<void> {
    const [path, template] = [`/reservations/${orderId}`, '/reservations/{orderId}'];
    await this.send({ method: 'DELETE', path, template, expect: [204], call });
  }
}
