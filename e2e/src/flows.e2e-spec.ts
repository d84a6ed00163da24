import { randomUUID } from 'node:crypto';
import { kafkaDriver, type IncomingRecord } from '@sluice/kafka';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { metric } from '@sluice/service-kit/testing';
import { anOrder, Client, type Order, type Problem } from './support/client.ts';
import { eventually } from '@sluice/core/testing';
import { redeliverAll } from './support/redeliver.ts';

const client = new Client(inject('stack'));
const sku = () => `e2e-${randomUUID()}`;

describe.each(['async', 'log', 'sync'])('an order that can be had, %s', (flow) => {
  const item = sku();
  let order: Order;

  beforeAll(async () => {
    await client.setStock(item, 10);
    const { status, headers, body } = await client.place(anOrder(item), flow);
    expect(status).toBe(flow === 'sync' ? 201 : 202);
    expect(headers.get('location')).toBe(`/orders/${body.id}`);
    order = await client.settled(body.id);
  });

  it('is confirmed', () => {
    expect(order).toMatchObject({ status: 'CONFIRMED', flow, totalCents: 1999 });
    expect(order.reason).toBeUndefined();
  });

  it('keeps its reservation', async () => {
    expect(await client.stock(item)).toMatchObject({ available: 9, reserved: 1 });
  });

  it('is told to the customer once', async () => {
    const mails = await eventually(async () => {
      const found = await client.mails(order.email);
      expect(found).not.toEqual([]);
      return found;
    });
    expect(mails.map((mail) => mail.messageId)).toEqual([`<${order.id}.order-confirmed@sluice.local>`]);
  });

  it('has a history', async () => {
    const { body } = await client.order<{ events: { type: string; version: number }[] }>(`/${order.id}/history`);
    expect(body.events.map(({ type, version }) => [type, version])).toEqual([
      ['order.placed', 1],
      ['order.confirmed', 2],
    ]);
  });
});

describe.each(['async', 'log', 'sync'])('an order beyond the stock, %s', (flow) => {
  it('is rejected, holds nothing and is told once', async () => {
    const item = sku();
    await client.setStock(item, 1);
    const two = { lines: Array.from({ length: 2 }, () => ({ sku: item, quantity: 1, unitPriceCents: 5 })) };
    const answer = await client.place<Omit<Order, 'status'> & Problem>(anOrder(item, two), flow);
    expect(answer.status).toBe(flow === 'sync' ? 409 : 202);
    const order = await client.settled(flow === 'sync' ? (answer.body.orderId ?? '') : answer.body.id);
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'out-of-stock' });
    expect(await client.stock(item)).toMatchObject({ available: 1, reserved: 0 });
    await eventually(async () => expect(await client.mails(order.email)).toHaveLength(1));
  });

  it('is rejected when a SKU is unknown', async () => {
    const answer = await client.place<Omit<Order, 'status'> & Problem>(anOrder(sku()), flow);
    const order = await client.settled(answer.body.orderId ?? answer.body.id);
    expect(order).toMatchObject({ status: 'REJECTED', reason: 'unknown-sku' });
  });
});

describe('cancelling', () => {
  it.each(['async', 'log', 'sync'])(
    'releases the stock and is told, %s; a second time changes nothing',
    async (flow) => {
      const item = sku();
      await client.setStock(item, 3);
      const { id, email } = await client.settled((await client.place(anOrder(item), flow)).body.id);
      const cancel = () => client.order(`/${id}/cancel`, { method: 'POST' });
      expect(await cancel()).toMatchObject({ status: 200, body: { status: 'CANCELLED', version: 3 } });
      await eventually(async () => expect(await client.stock(item)).toMatchObject({ available: 3, reserved: 0 }));
      expect(await cancel()).toMatchObject({ status: 200, body: { status: 'CANCELLED', version: 3 } });
      const subjects = () => client.mails(email).then((mails) => mails.map((mail) => mail.messageId));
      await eventually(async () => expect(await subjects()).toContain(`<${id}.order-cancelled@sluice.local>`));
    },
  );

  it('is refused for a rejected order', async () => {
    const { id } = await client.settled((await client.place(anOrder(sku()))).body.id);
    expect(await client.order(`/${id}/cancel`, { method: 'POST' })).toMatchObject({ status: 409 });
  });
});

describe('events', () => {
  it('are streamed under their own names until the terminal one', async () => {
    const item = sku();
    await client.setStock(item, 1);
    const { body } = await client.place(anOrder(item));
    const url = `${inject('stack').services.order.url}/orders/${body.id}/events`;
    const stream = await fetch(url, { signal: AbortSignal.timeout(20_000) });
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const names = [...(await stream.text()).matchAll(/^event: ?(.*)$/gm)].map(([, name]) => name);
    expect(names).toEqual(['order.placed', 'order.confirmed']);
  });

  it('have one effect each, though every one is delivered twice', async () => {
    const item = sku();
    await client.setStock(item, 5);
    const { id, email } = await client.settled((await client.place(anOrder(item))).body.id);
    await eventually(async () => expect(await client.mails(email)).toHaveLength(1));

    const driver = kafkaDriver({ brokers: [inject('stack').kafka.bootstrap], clientId: 'e2e' });
    const ofThisOrder = ({ key }: IncomingRecord) => key?.toString() === id;
    const again = await redeliverAll(driver, ['orders.v1', 'stock.v1'], ofThisOrder);
    expect(again).toBe(3);

    // A later order settles only after the repeated events before it on the same partitions were dealt with.
    await client.settled((await client.place(anOrder(item))).body.id);
    expect(await client.stock(item)).toMatchObject({ available: 3, reserved: 2 });
    expect(await client.mails(email)).toHaveLength(1);
    expect((await client.order(`/${id}`)).body).toMatchObject({ status: 'CONFIRMED', version: 2 });
  });
});

describe('lists', () => {
  it('go through all orders of a customer, newest first, page by page', async () => {
    const customerId = `lister-${randomUUID()}`;
    const placed: string[] = [];
    for (let i = 0; i < 5; i += 1) placed.push((await client.place(anOrder(sku(), { customerId }))).body.id);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const query = new URLSearchParams({ customerId, limit: '2', ...(cursor ? { cursor } : {}) });
      const { body } = await client.order<{ items: Order[]; nextCursor?: string }>(`?${query.toString()}`);
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.nextCursor;
    } while (cursor);
    expect(seen).toEqual(placed.reverse());
  });
});

describe('Idempotency-Key', () => {
  it.each(['async', 'log', 'sync'])('makes one order of concurrent duplicates, %s', async (flow) => {
    const item = sku();
    await client.setStock(item, 100);
    const order = anOrder(item);
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.place(order, flow, headers)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([flow === 'sync' ? 201 : 202]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    await client.settled(answers[0]?.body.id ?? '');
    expect(await client.stock(item)).toMatchObject({ available: 99, reserved: 1 });
    const other = await client.place<Problem>({ ...order, currency: 'USD' }, flow, headers);
    expect(other.status).toBe(422);
  });
});

describe('the metrics of orders', () => {
  const { order, notification } = inject('stack').services;

  /** How many orders of a flow were accepted, terminal, completed, and timed from acceptance to completion. */
  const counts = (flow: string): Promise<number[]> =>
    Promise.all([
      metric(order.url, 'sluice_orders_accepted_total', { flow }),
      metric(order.url, 'sluice_orders_terminal_total', { flow }),
      metric(notification.url, 'sluice_orders_completed_total', { flow }),
      metric(notification.url, 'sluice_order_completion_seconds_count', { flow }),
    ]);

  it.each(['async', 'log', 'sync'])('say that what was accepted became terminal and completed, %s', async (flow) => {
    const item = sku();
    await client.setStock(item, 2);
    const before = await eventually(async () => {
      const [accepted, ...others] = await counts(flow);
      // Of other specs all are completed. Synchronous ones that failed were not accepted.
      if (flow !== 'sync') expect(others).toEqual(others.map(() => accepted));
      return [accepted!, ...others];
    });
    // Two are confirmed, one is rejected.
    for (let i = 0; i < 3; i += 1) await client.place(anOrder(item), flow);
    await eventually(async () => expect(await counts(flow)).toEqual(before.map((count) => count + 3)));
  });
});
