import { randomUUID } from 'node:crypto';
import { eventually } from '@sluice/core/testing';
import { describe, expect, inject, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';

const stack = inject('stack');
const client = new Client(stack);

/** Thirty days: more than a timer can wait. */
const farAway = () => ({ 'x-deadline-ms': String(Date.now() + 30 * 86_400_000) });

async function aSku(): Promise<string> {
  const sku = `callers-${randomUUID()}`;
  await client.setStock(sku, 10);
  return sku;
}

describe('a deadline that is far away', () => {
  it.each(['async', 'log', 'sync'])('is no deadline that has passed, flow %s', async (flow) => {
    const { status, body } = await client.place(anOrder(await aSku()), flow, farAway());
    expect(status, JSON.stringify(body)).toBe(flow === 'sync' ? 201 : 202);
    expect(await client.settled(body.id)).toMatchObject({ status: 'CONFIRMED' });
  });

  it('is none for a notification, either', async () => {
    const { status } = await client.call(`${stack.services.notification.url}/notifications`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...farAway() },
      body: JSON.stringify({
        ...{ orderId: randomUUID(), kind: 'order-confirmed', email: `${randomUUID()}@example.org` },
        ...{ customerId: 'c', totalCents: 1, currency: 'EUR' },
      }),
    });
    expect(status).toBe(201);
  });
});

describe('a request without a body', () => {
  it.each(['application/json', 'text/plain'])('needs no content type and may have %s', async (type) => {
    const headers = { 'content-type': type };
    const { id } = await client.settled((await client.place(anOrder(await aSku()))).body.id);
    expect((await client.order(`/${id}/cancel`, { method: 'POST', headers })).status).toBe(200);
    const release = `${stack.services.inventory.url}/reservations/${id}`;
    expect((await client.call(release, { method: 'DELETE', headers })).status).toBe(204);
  });
});

describe("a key of another flow's order", () => {
  it('leads from the id that the log has answered to that order', async () => {
    const [order, key] = [anOrder(await aSku()), { 'idempotency-key': randomUUID() }];
    const first = await client.place(order, 'async', key);
    const second = await client.place(order, 'log', key);
    expect([first.status, second.status]).toEqual([202, 202]);
    await eventually(async () => {
      const { status, body } = await client.order<object>(`/${second.body.id}`);
      expect([status, body]).toMatchObject([404, { code: 'idempotency-key-reused', heldBy: first.body.id }]);
    });
  });
});
