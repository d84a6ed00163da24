import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { anOrderBody } from './builders.ts';
import {
  inventoryAnswer,
  notificationAnswer,
  OrderService,
  willingInventory,
  willingNotification,
  type Answer,
} from './order-service.ts';
import type { StubAnswer, StubRequest, StubServer } from './stub-server.ts';

let inventory: StubServer;
let notification: StubServer;
let service: OrderService;

beforeAll(async () => {
  inventory = await willingInventory();
  notification = await willingNotification();
  service = await OrderService.start(
    { inventory: inventory.url, notification: notification.url },
    { SYNC_MAX_IN_FLIGHT: '8' },
  );
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await inventory?.[Symbol.asyncDispose]();
  await notification?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  inventory.answer = inventoryAnswer;
  notification.answer = notificationAnswer;
  // A breaker that an earlier test opened lets a probe through after a second.
  await eventually(async () => expect((await checkout()).status).toBe(201));
});

const checkout = (headers: Record<string, string> = {}): Promise<Answer> =>
  service.post('/orders?flow=sync', anOrderBody(), headers);
/** For a downstream that hangs. */
const soon = () => ({ 'x-deadline-ms': String(Date.now() + 1_500) });
const problem = (code: string) => ({ type: `https://sluice.dev/problems/${code}`, code });
const rejectedStock = ({ body }: StubRequest): StubAnswer => ({
  status: 409,
  body: {
    ...problem('stock-rejected'),
    orderId: (body as { orderId: string }).orderId,
    reason: 'out-of-stock',
    sku: 'BOOK',
  },
});

describe('a synchronous order', () => {
  it('is reserved, notified and confirmed, one after the other: 201', async () => {
    const { status, headers, body } = await checkout();
    const id = String(body['id']);
    expect([status, headers.get('location')]).toEqual([201, `/orders/${id}`]);
    expect(body).toMatchObject({ status: 'CONFIRMED', flow: 'sync', version: 2 });
    expect((await service.get(`/orders/${id}`)).body).toEqual(body);
    expect([...inventory.about(id), ...notification.about(id)]).toEqual(['POST /reservations', 'POST /notifications']);
    expect(notification.requests.at(-1)?.body).toEqual({
      orderId: id,
      kind: 'order-confirmed',
      email: 'ada@example.com',
      customerId: 'ada',
      totalCents: 2_500,
      currency: 'EUR',
      flow: 'sync',
      acceptedAt: body['createdAt'],
    });
    expect(await service.query('select 1 from outbox')).toEqual([]);
  });

  it('passes deadline and trace on', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const deadlineMs = Date.now() + 3_000;
    const trace = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate: 'congo=t61rcWkgMzE' };
    await checkout({ 'x-deadline-ms': String(deadlineMs), ...trace });
    for (const { headers } of [inventory.requests.at(-1)!, notification.requests.at(-1)!]) {
      expect(Number(headers['x-deadline-ms'])).toBeLessThan(deadlineMs);
      expect(headers['traceparent']).toContain(traceId);
      expect(headers['tracestate']).toBe(trace.tracestate);
    }
  });

  it('without stock is notified and rejected: 409', async () => {
    inventory.answer = rejectedStock;
    const { status, headers, body } = await checkout();
    const id = String(body['orderId']);
    expect([status, headers.get('location')]).toEqual([409, `/orders/${id}`]);
    expect(body).toMatchObject({ code: 'order-rejected', reason: 'out-of-stock' });
    expect((await service.get(`/orders/${id}`)).body).toMatchObject({ status: 'REJECTED', reason: 'out-of-stock' });
    expect(notification.requests.at(-1)?.body).toMatchObject({ kind: 'order-rejected', reason: 'out-of-stock' });
  });

  it('refuses before anything is written when the deadline has passed', async () => {
    const before = await service.count('orders');
    expect((await checkout({ 'x-deadline-ms': String(Date.now() - 1) })).status).toBe(504);
    expect(await service.count('orders')).toBe(before);
  });

  it('refuses before anything is written when too many are under way', async () => {
    const gate = Promise.withResolvers<StubAnswer>();
    inventory.answer = () => gate.promise;
    const hanging = Array.from({ length: 8 }, () => checkout());
    const asked = inventory.requests.length;
    await eventually(() => expect(inventory.requests.length).toBe(asked + 8));
    const before = await service.count('orders');
    const shed = await service.metric('sluice_requests_shed_total', { reason: 'overloaded' });
    const { status, headers } = await checkout();
    expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    expect(await service.metric('sluice_requests_shed_total', { reason: 'overloaded' })).toBe(shed + 1);
    expect(await service.count('orders')).toBe(before);
    gate.resolve({ status: 500 });
    expect((await Promise.all(hanging)).map((answer) => answer.status)).toEqual(hanging.map(() => 504));
  });
});

describe('a downstream that fails', () => {
  const failures: [string, () => StubAnswer, string, number][] = [
    ['answers 500', () => ({ status: 500, body: problem('internal-error') }), 'failed', 504],
    ['answers 503', () => ({ status: 503, body: problem('overloaded') }), 'unavailable', 503],
    ['answers 422', () => ({ status: 422, body: problem('mail-refused') }), 'refused', 422],
    ['does not answer', () => 'hang', 'timeout', 504],
    ['breaks the connection', () => 'reset', 'failed', 504],
    ['answers nonsense', () => ({ status: 409, body: problem('conflict') }), 'refused', 422],
  ];
  const cases = ['inventory', 'notification'].flatMap((which) =>
    failures.map((failure) => [which, ...failure] as const),
  );

  it.each(cases)('%s %s: the order is cancelled, the stock released', async (which, _, answer, kind, wanted) => {
    if (which === 'notification') notification.answer = answer;
    else inventory.answer = (request) => (request.method === 'DELETE' ? inventoryAnswer(request) : answer());
    const { status, headers, body } = await checkout(kind === 'timeout' ? soon() : {});
    const id = String(body['orderId']);
    const reason = `${which}-${kind}`;
    expect([status, headers.get('location')]).toEqual([wanted, `/orders/${id}`]);
    expect(headers.get('retry-after')).toBe(wanted === 503 ? '1' : null);
    expect(body).toMatchObject({ code: 'order-cancelled', reason });
    expect((await service.get(`/orders/${id}`)).body).toMatchObject({ status: 'CANCELLED', reason, version: 2 });
    await eventually(() => expect(inventory.about(id)).toContain(`DELETE /reservations/${id}`));
    await eventually(async () => {
      const rows = await service.query(
        'select kind, done_at is not null as done from compensations where order_id = $1',
        [id],
      );
      expect(rows).toEqual([{ kind: 'release-stock', done: true }]);
    });
  });

  it('is not the fault of callers: what they bring costs no other one its order', async () => {
    const refused = 'refused@example.com';
    notification.answer = (request) => {
      if ((request.body as { email: string }).email === refused) return { status: 422, body: problem('mail-refused') };
      return notificationAnswer(request);
    };
    const place = (overrides: object, headers = {}): Promise<Answer> =>
      service.post('/orders?flow=sync', anOrderBody({ ...overrides }), headers);
    for (let round = 0; round < 10; round += 1) {
      const hasty = { 'x-deadline-ms': String(Date.now() + 255) };
      const answers = await Promise.all([place({ email: refused }), place({ email: refused }), place({}, hasty)]);
      expect(answers.slice(0, 2)).toMatchObject([{ status: 422 }, { status: 422 }]);
      expect((await place({})).status).toBe(201);
    }
  });

  it('opens its breaker: 503 before anything is written, until it works again', async () => {
    const state = () => service.metric('sluice_breaker_state', { target: 'notification' });
    expect(await state()).toBe(0);
    notification.answer = () => ({ status: 500 });
    await eventually(async () => expect((await checkout()).status).toBe(503));
    expect(await state()).toBe(2);
    expect(await service.metric('sluice_breaker_state', { target: 'inventory' })).toBe(0);
    expect(await service.metric('sluice_requests_shed_total', { reason: 'notification-unavailable' })).toBeGreaterThan(
      0,
    );
    const before = await service.count('orders');
    const refused = await checkout();
    if (refused.status === 503) {
      expect(refused.headers.get('retry-after')).toBe('1');
      expect(await service.count('orders')).toBe(before);
    }
    notification.answer = notificationAnswer;
    await eventually(async () => expect((await checkout()).status).toBe(201));
    expect(await state()).toBe(0);
  });
});

describe('cancelling a synchronous order', () => {
  it('releases its stock and notifies the customer, over HTTP', async () => {
    const { body } = await checkout();
    const id = String(body['id']);
    expect((await service.post(`/orders/${id}/cancel`)).body).toMatchObject({ status: 'CANCELLED', version: 3 });
    await eventually(() => {
      expect(inventory.about(id)).toContain(`DELETE /reservations/${id}`);
      expect(notification.requests.map((request) => request.body)).toContainEqual({
        orderId: id,
        kind: 'order-cancelled',
        email: 'ada@example.com',
        customerId: 'ada',
        totalCents: 2_500,
        currency: 'EUR',
        flow: 'sync',
        acceptedAt: body['createdAt'],
        reason: 'requested by customer',
      });
    });
    await service.post(`/orders/${id}/cancel`);
    expect(await service.query('select 1 from compensations where order_id = $1', [id])).toHaveLength(2);
    expect(await service.query('select 1 from outbox')).toEqual([]);
  });

  it('while its request is under way answers that with 504', async () => {
    let orderId = '';
    notification.answer = (request) => {
      orderId = (request.body as { orderId: string }).orderId;
      return 'hang';
    };
    const waiting = checkout(soon());
    await eventually(() => expect(orderId).not.toBe(''));
    expect((await service.post(`/orders/${orderId}/cancel`)).status).toBe(200);
    const { status, body } = await waiting;
    expect([status, body]).toMatchObject([504, { orderId, reason: 'requested by customer' }]);
  });
});

it('a synchronous order counts as accepted with its outcome, and not at all when it failed', async () => {
  const all = async () => {
    expect((await checkout()).status).toBe(201);
    inventory.answer = rejectedStock;
    expect((await checkout()).status).toBe(409);
    inventory.answer = (request) => (request.method === 'DELETE' ? inventoryAnswer(request) : { status: 500 });
    expect((await checkout()).status).toBe(504);
  };
  expect(await service.counted('sync', all)).toEqual([2, 1, 1, 1]);
});
