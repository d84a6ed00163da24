import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { brake } from '@sluice/service-kit/testing';
import { aLine, anOrderBody } from './builders.ts';
import { OrderService } from './order-service.ts';

let service: OrderService;

beforeAll(async () => {
  service = await OrderService.start();
});

afterAll(() => service?.[Symbol.asyncDispose]());

const someId = '01890a5d-ac96-774b-bcce-b302099a8057';

describe('accepting an order', () => {
  it('answers 202 with the order, where it is, and has written everything', async () => {
    const lines = [aLine({ sku: 'A' }), aLine({ sku: 'A', quantity: 1, unitPriceCents: 0 })];
    const { status, headers, body } = await service.post('/orders', anOrderBody({ lines }));
    expect(status).toBe(202);
    const id = String(body['id']);
    expect(headers.get('location')).toBe(`/orders/${id}`);
    const { createdAt, updatedAt, ...rest } = body;
    expect(rest).toEqual({
      id,
      status: 'PENDING',
      flow: 'async',
      customerId: 'ada',
      email: 'ada@example.com',
      currency: 'EUR',
      totalCents: 2_500,
      lines,
      version: 1,
    });
    expect(new Date(String(createdAt)).getTime()).toBeCloseTo(Date.now(), -5);
    expect(updatedAt).toBe(createdAt);
    expect((await service.get(`/orders/${id}`)).body).toEqual(body);
    expect(await service.query('select type, version, topic from outbox where key = $1', [id])).toEqual([
      { type: 'order.placed', version: 1, topic: 'orders.v1' },
    ]);
  });

  it('hands the trace of the request on to the event', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const trace = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'congo=t61rcWkgMzE' };
    const { body } = await service.post('/orders', anOrderBody(), trace);
    const [row] = await service.query('select traceparent, tracestate from outbox where key = $1', [body['id']]);
    expect(row?.['traceparent']).toContain(traceId);
    expect(row?.['tracestate']).toBe(trace.tracestate);
  });

  it('is ready while Kafka is unavailable, and says that it is degraded', async () => {
    await eventually(async () => {
      const { status, body } = await service.get('/readyz');
      expect([status, body['status'], body['checks']]).toEqual([
        200,
        'degraded',
        { postgres: 'up', intake: 'up', log: 'up', kafka: 'degraded' },
      ]);
    });
  });

  it.each(['async', 'sync'])(
    'is answered at its deadline, whatever the database is busy with: flow=%s',
    async (flow) => {
      await using _brake = await brake(service.database.url, 'orders');
      // A busy machine may take as long to come to the database.
      await eventually(async () => {
        const deadline = { 'x-deadline-ms': String(Date.now() + 500) };
        const { status, headers, body } = await service.post(`/orders?flow=${flow}`, anOrderBody(), deadline);
        expect([status, body['code']]).toEqual([504, 'outcome-unknown']);
        expect(headers.get('location')).toBe(`/orders/${String(body['orderId'])}`);
      });
    },
  );

  it('takes a thousand lines', async () => {
    const { status } = await service.post(
      '/orders',
      anOrderBody({ lines: Array.from({ length: 1000 }, () => aLine()) }),
    );
    expect(status).toBe(202);
  });
});

describe('refusing an order', () => {
  const line = (overrides: object) => ({ lines: [{ ...aLine(), ...overrides }] });
  const raw = (member: string) =>
    JSON.stringify(anOrderBody({ lines: [aLine({ quantity: 77 })] })).replace('77', member);

  it.each([
    ['no lines', anOrderBody({ lines: [] }), 'lines'],
    ['1,001 lines', anOrderBody({ lines: Array.from({ length: 1001 }, () => aLine()) }), 'lines'],
    ['quantity 0', anOrderBody(line({ quantity: 0 })), 'lines.0.quantity'],
    ['quantity -1', anOrderBody(line({ quantity: -1 })), 'lines.0.quantity'],
    ['quantity 1.5', anOrderBody(line({ quantity: 1.5 })), 'lines.0.quantity'],
    ['quantity "1"', anOrderBody(line({ quantity: '1' })), 'lines.0.quantity'],
    ['quantity 1e309', raw('1e309'), 'lines.0.quantity'],
    ['quantity 2^53', anOrderBody(line({ quantity: 2 ** 53 })), 'lines.0.quantity'],
    ['a negative price', anOrderBody(line({ unitPriceCents: -1 })), 'lines.0.unitPriceCents'],
    ['a fractional price', anOrderBody(line({ unitPriceCents: 0.5 })), 'lines.0.unitPriceCents'],
    ['an unknown member of a line', anOrderBody(line({ discount: 1 })), 'lines.0'],
    ['NUL in a SKU', anOrderBody(line({ sku: 'A\u0000' })), 'lines.0.sku'],
    ['an empty SKU', anOrderBody(line({ sku: '' })), 'lines.0.sku'],
    ['NUL in the customer', anOrderBody({ customerId: 'a\u0000' }), 'customerId'],
    ['half a character', anOrderBody({ customerId: 'a\ud800' }), 'customerId'],
    ['no e-mail address', anOrderBody({ email: 'ada' }), 'email'],
    ['a domain that can not be', anOrderBody({ email: 'ada@example-.com' }), 'email'],
    ['a currency in lower case', anOrderBody({ currency: 'euro' }), 'currency'],
    ['an unknown currency', anOrderBody({ currency: 'ZZZ' }), 'currency'],
    ['a currency of the past', anOrderBody({ currency: 'DEM' }), 'currency'],
    ['an unknown member', anOrderBody({ status: 'CONFIRMED' }), ''],
  ])('names the field: %s', async (_, body, field) => {
    const before = await service.count('orders');
    const answer = await service.post('/orders', body);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.body['code']).toBe('invalid-request');
    expect((answer.body['errors'] as object[])[0]).toMatchObject({ path: field });
    expect(await service.count('orders')).toBe(before);
  });

  it.each([
    ['__proto__', 400, '{"__proto__":{"status":"CONFIRMED"},"customerId":"ada"}'],
    ['bad JSON', 400, '{"customerId":'],
    ['a list', 400, '[]'],
    ['2 MB', 413, JSON.stringify({ customerId: 'a'.repeat(2_000_000) })],
    [
      'a total beyond 2^53',
      422,
      anOrderBody({
        lines: Array.from({ length: 10 }, () => aLine({ quantity: 1_000_000, unitPriceCents: 1_000_000_000 })),
      }),
    ],
  ])('refuses %s with %i', async (_, status, body) => {
    const before = [await service.count('orders'), await service.count('outbox')];
    expect((await service.post('/orders', body)).status).toBe(status);
    expect([await service.count('orders'), await service.count('outbox')]).toEqual(before);
  });

  it.each(['logs', 'SYNC', '', 'async&flow=sync'])('does not know the flow "%s"', async (flow) => {
    const { status, body } = await service.post(`/orders?flow=${flow}`, anOrderBody());
    expect([status, body['errors']]).toMatchObject([400, [{ path: 'flow' }]]);
  });

  it('takes JSON only', async () => {
    const { status } = await service.post('/orders', JSON.stringify(anOrderBody()), { 'content-type': 'text/plain' });
    expect(status).toBe(415);
  });
});

describe('reading orders', () => {
  it('knows no other orders', async () => {
    for (const path of [`/orders/${someId}`, `/orders/${someId}/history`, `/orders/${someId}/events`]) {
      expect(await service.get(path)).toMatchObject({
        status: 404,
        body: { code: 'order-not-found', orderId: someId },
      });
    }
    expect((await service.post(`/orders/${someId}/cancel`)).status).toBe(404);
  });

  it.each([
    '/orders/7',
    '/orders/7/history',
    '/orders/7/events',
    '/orders?limit=0',
    '/orders?limit=101',
    '/orders?limit=x',
  ])('refuses %s', async (path) => {
    expect((await service.get(path)).status).toBe(400);
  });

  it('finds an order by its id in capitals', async () => {
    const id = await service.place();
    expect((await service.get(`/orders/${id.toUpperCase()}`)).body['id']).toBe(id);
  });

  it('tells what happened to an order', async () => {
    const id = await service.place();
    await service.applyOutcome(id, { reserved: false, reason: 'out-of-stock' });
    expect((await service.get(`/orders/${id}`)).body).toMatchObject({
      status: 'REJECTED',
      reason: 'out-of-stock',
      version: 2,
    });
    const { body } = await service.get(`/orders/${id}/history`);
    expect(body).toEqual({
      events: [
        { type: 'order.placed', at: expect.any(String) as string, version: 1 },
        { type: 'order.rejected', at: expect.any(String) as string, version: 2 },
      ],
    });
  });

  it('lists pages of a customer, the newest first', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.unshift(await service.place({ customerId: 'lister' }));
    const seen: unknown[] = [];
    let cursor = '';
    do {
      const { body } = await service.get(`/orders?customerId=lister&limit=2${cursor}`);
      seen.push(...(body['items'] as { id: string }[]).map(({ id }) => id));
      const next = body['nextCursor'] as string | undefined;
      cursor = next ? `&cursor=${next}` : '';
    } while (cursor);
    expect(seen).toEqual(ids);
    await service.applyOutcome(ids[2]!);
    const { body } = await service.get('/orders?customerId=lister&status=CONFIRMED');
    expect(body).toMatchObject({ items: [{ id: ids[2], lines: [aLine()] }] });
    expect(body).not.toHaveProperty('nextCursor');
  });

  it.each(['cursor=%00', 'cursor=abc', 'status=DONE', 'customerId=%00', 'customerId='])(
    'refuses ?%s',
    async (query) => {
      expect((await service.get(`/orders?${query}`)).status).toBe(400);
    },
  );
});
