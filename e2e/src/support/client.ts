import { randomUUID } from 'node:crypto';
import type { StackFile } from '@sluice/kit/stack-file';

export interface Order {
  id: string;
  status: 'ACCEPTED' | 'PENDING' | 'CONFIRMED' | 'REJECTED' | 'CANCELLED';
  reason?: string;
  flow: string;
  customerId: string;
  email: string;
  currency: string;
  totalCents: number;
  lines: { sku: string; quantity: number; unitPriceCents: number }[];
  version: number;
  createdAt: string;
  updatedAt: string;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  orderId?: string;
  reason?: string;
  errors?: { path: string; message: string }[];
}

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

export type OrderRequest = Pick<Order, 'customerId' | 'email' | 'currency' | 'lines'>;

/** A valid order of one piece of `sku`; every part can be replaced. */
export function anOrder(sku: string, replaced: Partial<OrderRequest> = {}): OrderRequest {
  const customerId = `customer-${randomUUID()}`;
  const lines = [{ sku, quantity: 1, unitPriceCents: 1999 }];
  return { customerId, email: `${customerId}@example.org`, currency: 'EUR', lines, ...replaced };
}

/** The system as its users see it: HTTP, and the mailbox. */
export class Client {
  readonly stack: StackFile;

  constructor(stack: StackFile) {
    this.stack = stack;
  }

  async call<T>(url: string, init: RequestInit = {}): Promise<Answer<T>> {
    const response = await fetch(url, { signal: AbortSignal.timeout(30_000), ...init });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T };
  }

  place<T = Order>(order: unknown, flow = 'async', headers: Record<string, string> = {}): Promise<Answer<T>> {
    return this.call<T>(`${this.stack.services.order.url}/orders?flow=${flow}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body:
        typeof order === 'string' || order instanceof Uint8Array
          ? (order as NonNullable<RequestInit['body']>)
          : JSON.stringify(order),
    });
  }

  order<T = Order>(path: string, init?: RequestInit): Promise<Answer<T>> {
    return this.call<T>(`${this.stack.services.order.url}/orders${path}`, init);
  }

  /** The order once it is terminal; fails when it isn't within 20 s. */
  async settled(id: string): Promise<Order> {
    const { body } = await this.order(`/${id}`, { headers: { prefer: 'wait=20' } });
    if (body.status === 'PENDING' || body.status === 'ACCEPTED') throw new Error(`order ${id} is ${body.status}`);
    return body;
  }

  async setStock(sku: string, available: number): Promise<void> {
    const { status } = await this.call(`${this.stack.services.inventory.url}/stock/${encodeURIComponent(sku)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.stack.adminToken}` },
      body: JSON.stringify({ available }),
    });
    if (status !== 200) throw new Error(`PUT stock answered ${status}`);
  }

  async stock(sku: string): Promise<{ available: number; reserved: number }> {
    const url = `${this.stack.services.inventory.url}/stock/${encodeURIComponent(sku)}`;
    return (await this.call<{ available: number; reserved: number }>(url)).body;
  }

  async mails(to: string): Promise<{ messageId: string; subject: string }[]> {
    const url = `${this.stack.mail.url}/messages?to=${encodeURIComponent(to)}`;
    return (await this.call<{ items: { messageId: string; subject: string }[] }>(url)).body.items;
  }
}
