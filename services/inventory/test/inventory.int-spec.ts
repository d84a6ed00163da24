import { randomUUID } from 'node:crypto';
import { KAFKA_DRIVER, Outbox, Transactions } from '@sluice/messaging';
import { type KafkaDriver } from '@sluice/kafka';
import { ordersTopic, stockTopic } from '@sluice/contracts';
import { type OutgoingEvent } from '@sluice/messaging/contract';
import { eventually } from '@sluice/core/testing';
import { publishedEvents } from '@sluice/messaging/testing';
import { startService, type RunningService } from '@sluice/service-kit';
import {
  brake,
  createDatabase,
  metric,
  testAdminToken,
  testConfig,
  type TestDatabase,
} from '@sluice/service-kit/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inventoryConfig } from '../src/config.ts';
import { InventoryModule } from '../src/inventory.module.ts';

const json = { 'content-type': 'application/json' };
/** A join may take a rebalance. */
const patient = { timeoutMs: 25_000 };
const admin = { ...json, authorization: `Bearer ${testAdminToken}` };

describe('inventory', () => {
  let database: TestDatabase;
  let service: RunningService;

  beforeAll(async () => {
    database = await createDatabase();
    const config = testConfig('inventory', inventoryConfig, { DATABASE_URL: database.url, RESERVATION_QUEUE: '1' });
    service = await startService(InventoryModule.forRoot(config), config);
  });

  afterAll(async () => {
    await service?.stop();
    await database?.drop();
  });

  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = json) => {
    const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${service.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : undefined) as Record<string, unknown> };
  };
  const stock = (sku: string, available: number) => call('PUT', `/stock/${sku}`, { available }, admin);
  /** Through the outbox of the service itself: that is what sends it, like any event. */
  const publish = (event: OutgoingEvent) =>
    service.app.get(Transactions).run((tx) => service.app.get(Outbox).append(tx, ordersTopic, [event]));
  const driver = () => service.app.get<KafkaDriver>(KAFKA_DRIVER);
  const level = async (sku: string) => (await call('GET', `/stock/${sku}`)).body;

  it('reserves, answers the same on repetition, and releases', async () => {
    const [sku, orderId] = [randomUUID(), randomUUID()];
    expect(await stock(sku, 5)).toEqual({ status: 200, body: { sku, available: 5, reserved: 0 } });
    const request = {
      orderId,
      lines: [
        { sku, quantity: 2 },
        { sku, quantity: 1 },
      ],
    };
    for (let i = 0; i < 2; i++) {
      expect(await call('POST', '/reservations', request)).toEqual({
        status: 201,
        body: { orderId, status: 'RESERVED' },
      });
    }
    expect(await level(sku)).toEqual({ sku, available: 2, reserved: 3 });
    for (let i = 0; i < 2; i++) expect((await call('DELETE', `/reservations/${orderId}`)).status).toBe(204);
    expect(await level(sku)).toEqual({ sku, available: 5, reserved: 0 });
  });

  it('answers at the deadline, whatever the database is busy with', async () => {
    await using _brake = await brake(database.url, 'reservations');
    const orderId = randomUUID();
    const order = { orderId, lines: [{ sku: 'A', quantity: 1 }] };
    // A busy machine may take as long to come to the database.
    await eventually(async () => {
      const deadline = { ...json, 'x-deadline-ms': String(Date.now() + 500) };
      const { status, body } = await call('POST', '/reservations', order, deadline);
      expect([status, body['code'], body['orderId']]).toEqual([504, 'outcome-unknown', orderId]);
    });
  });

  it('sheds what comes beyond its queue, and counts it', async () => {
    const reserve = () => call('POST', '/reservations', { orderId: randomUUID(), lines: [{ sku: 'A', quantity: 1 }] });
    const braked = await brake(database.url, 'reservations');
    const answers = Array.from({ length: 6 }, reserve);
    const reason = { reason: 'reservations-full' };
    await eventually(async () =>
      expect(await metric(service.url, 'sluice_requests_shed_total', reason)).toBeGreaterThanOrEqual(4),
    );
    await braked[Symbol.asyncDispose]();
    const shed = (await Promise.all(answers)).filter(({ status }) => status === 503);
    expect(shed.map(({ body }) => body['code'])).toEqual(shed.map(() => reason.reason));
    expect(await metric(service.url, 'sluice_requests_shed_total', reason)).toBe(shed.length);
  });

  it('answers 409 with the reason when stock is short, and when the order was released before', async () => {
    const [sku, orderId, late] = [randomUUID(), randomUUID(), randomUUID()];
    await stock(sku, 1);
    const short = await call('POST', '/reservations', { orderId, lines: [{ sku, quantity: 2 }] });
    expect(short).toMatchObject({
      status: 409,
      body: { code: 'stock-rejected', orderId, reason: 'out-of-stock', sku },
    });
    expect((await call('DELETE', `/reservations/${late}`)).status).toBe(204);
    const after = await call('POST', '/reservations', { orderId: late, lines: [{ sku, quantity: 1 }] });
    expect(after).toMatchObject({ status: 409, body: { code: 'stock-rejected', orderId: late, reason: 'cancelled' } });
  });

  it('publishes nothing', async () => {
    const [sku, orderId] = [randomUUID(), randomUUID()];
    await stock(sku, 1);
    expect((await call('POST', '/reservations', { orderId, lines: [{ sku, quantity: 1 }] })).status).toBe(201);
    const rows: unknown[] = await service.app.get(DataSource).query('select * from outbox where key = $1', [orderId]);
    expect([...rows, ...(await publishedEvents(driver(), stockTopic.name, [orderId]))]).toEqual([]);
  });

  it('does no work for a caller that is gone', async () => {
    const [sku, orderId] = [randomUUID(), randomUUID()];
    await stock(sku, 1);
    const late = { ...json, 'x-deadline-ms': String(Date.now() - 1) };
    const response = await call('POST', '/reservations', { orderId, lines: [{ sku, quantity: 1 }] }, late);
    expect(response.status).toBe(504);
    expect(await level(sku)).toEqual({ sku, available: 1, reserved: 0 });
  });

  it.each([
    [{ lines: [{ sku: 'a', quantity: 1 }] }, 'orderId'],
    [{ orderId: 'x', lines: [{ sku: 'a', quantity: 1 }] }, 'orderId'],
    [{ orderId: randomUUID(), lines: [] }, 'lines'],
    [{ orderId: randomUUID(), lines: Array.from({ length: 1_001 }, () => ({ sku: 'a', quantity: 1 })) }, 'lines'],
    [{ orderId: randomUUID(), lines: [{ sku: 'a\u0000', quantity: 1 }] }, 'lines.0.sku'],
    [{ orderId: randomUUID(), lines: [{ sku: 'a', quantity: 1.5 }] }, 'lines.0.quantity'],
  ])('refuses the reservation %# and names the field', async (body, path) => {
    expect(await call('POST', '/reservations', body)).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });

  it('lets only the administrator set stock, to whole numbers from 0', async () => {
    const sku = randomUUID();
    expect((await call('PUT', `/stock/${sku}`, { available: 1 })).status).toBe(401);
    for (const available of [-1, 1.5, '1', null, 1e15]) {
      const refused = await call('PUT', `/stock/${sku}`, { available }, admin);
      expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'available' }] } });
    }
    expect(await call('GET', `/stock/${sku}`)).toMatchObject({ status: 404, body: { code: 'sku-not-found', sku } });
    expect((await call('GET', '/stock/%00')).status).toBe(400);
    expect((await call('DELETE', '/reservations/nope')).status).toBe(400);
  });

  it('answers orders that come through Kafka, continuing their traces', async () => {
    await eventually(async () => expect((await call('GET', '/readyz')).status).toBe(200), patient);
    const [sku, orderId] = [randomUUID(), randomUUID()];
    await stock(sku, 5);
    const order = { orderId, customerId: 'c-1', email: 'c@example.org', currency: 'EUR', totalCents: 300 };
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const trace = { traceparent, tracestate: 'congo=t61rcWkgMzE' };
    const lines = [{ sku, quantity: 3, unitPriceCents: 100 }];
    const placed = { type: 'order.placed', key: orderId, version: 1, data: { ...order, lines }, ...trace };
    const cancelled = { type: 'order.cancelled', key: orderId, version: 2, data: { ...order, reason: 'customer' } };
    const told = () => publishedEvents(driver(), stockTopic.name, [orderId]);
    const types = async () => (await told()).map(({ type }) => type);

    await publish(placed);
    await eventually(async () => expect(await types()).toEqual(['stock.reserved']), patient);
    const [reserved] = await told();
    expect(reserved?.traceparent).toContain('0af7651916cd43dd8448eb211c80319c');
    expect(reserved?.tracestate).toBe(trace.tracestate);
    expect(await level(sku)).toEqual({ sku, available: 2, reserved: 3 });

    await publish(cancelled);
    await eventually(async () => expect(await types()).toEqual(['stock.reserved', 'stock.released']), patient);
    expect((await told()).map(({ version }) => version)).toEqual([1, 2]);
    expect(await level(sku)).toEqual({ sku, available: 5, reserved: 0 });
  });

  it('takes a SKU with a slash or an umlaut', async () => {
    for (const sku of ['a/b', 'Größe 7', '85123A']) {
      expect((await call('PUT', `/stock/${encodeURIComponent(sku)}`, { available: 1 }, admin)).status).toBe(200);
      expect(await level(encodeURIComponent(sku))).toMatchObject({ sku });
    }
  });

  it('lists all stock, page by page', async () => {
    const prefix = `list-${randomUUID()}`;
    for (let i = 0; i < 5; i++) await stock(`${prefix}-${i}`, i);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await call('GET', `/stock?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      const page = body as { items: { sku: string }[]; nextCursor?: string };
      seen.push(...page.items.map(({ sku }) => sku));
      cursor = page.nextCursor;
    } while (cursor);
    expect(seen).toEqual([...new Set(seen)]);
    expect(seen.filter((sku) => sku.startsWith(prefix))).toHaveLength(5);
    expect((await call('GET', '/stock?limit=0')).status).toBe(400);
    expect((await call('GET', '/stock?cursor=nope')).status).toBe(400);
  });
});
