import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { aLine, anOrderBody } from './builders.ts';
import { notificationAnswer, nowhere, OrderService, willingInventory, willingNotification } from './order-service.ts';
import type { StubServer } from './stub-server.ts';

let inventory: StubServer;
let notification: StubServer;
let service: OrderService;

beforeAll(async () => {
  inventory = await willingInventory();
  notification = await willingNotification();
  const downstreams = { inventory: inventory.url, notification: notification.url };
  // On a busy machine fifty synchronous orders take longer than the default.
  service = await OrderService.start(downstreams, { SYNC_DEADLINE_MS: '10000' });
});

afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
  await inventory?.[Symbol.asyncDispose]();
  await notification?.[Symbol.asyncDispose]();
});

let keys = 0;
const aKey = () => ({ 'idempotency-key': `key-${++keys}` });
const countOf = async (customerId: string) => {
  const rows = await service.query<{ n: number }>('select count(*)::int as n from orders where customer_id = $1', [
    customerId,
  ]);
  return rows[0]!.n;
};

describe('an Idempotency-Key', () => {
  it.each(['async', 'sync'])('makes one order of 50 concurrent requests, flow %s', async (flow) => {
    const body = anOrderBody({ customerId: `fifty-${flow}` });
    const key = aKey();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => service.post(`/orders?flow=${flow}`, body, key)),
    );
    const ids = new Set(answers.map((answer) => String(answer.body['id'])));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => (flow === 'sync' ? 201 : 202)));
    expect(ids.size).toBe(1);
    expect(await countOf(`fifty-${flow}`)).toBe(1);
    expect(new Set(answers.map((answer) => answer.headers.get('location')))).toEqual(
      new Set([`/orders/${[...ids][0]}`]),
    );
  });

  it('gives the recorded outcome, whatever became of the order', async () => {
    const key = aKey();
    const first = await service.post('/orders', anOrderBody(), key);
    await service.applyOutcome(String(first.body['id']), { reserved: false, reason: 'out-of-stock' });
    expect(await service.post('/orders', anOrderBody(), key)).toMatchObject({ status: 202, body: first.body });
  });

  it.each([
    ['async', anOrderBody({ lines: [aLine({ quantity: 3 })] })],
    ['sync', anOrderBody()],
  ])('is refused for another request: flow %s', async (flow, body) => {
    const key = aKey();
    await service.post('/orders', anOrderBody(), key);
    const before = await service.count('orders');
    const { status, body: problem } = await service.post(`/orders?flow=${flow}`, body, key);
    expect([status, problem['code']]).toEqual([422, 'idempotency-key-reused']);
    expect(await service.count('orders')).toBe(before);
  });

  it('does not mind the order of members', async () => {
    const key = aKey();
    const body = anOrderBody();
    const first = await service.post('/orders', body, key);
    const shuffled = Object.fromEntries(Object.entries(body).toReversed());
    expect((await service.post('/orders', shuffled, key)).body['id']).toBe(first.body['id']);
  });

  it('belongs to one customer', async () => {
    const key = aKey();
    const first = await service.post('/orders', anOrderBody({ customerId: 'one' }), key);
    const second = await service.post('/orders', anOrderBody({ customerId: 'two' }), key);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(first.body['id']).not.toBe(second.body['id']);
  });

  it('is free again after 24 hours', async () => {
    const key = aKey();
    const first = await service.post('/orders', anOrderBody(), key);
    await service.query(`update idempotency_keys set expires_at = now() where key = $1`, [key['idempotency-key']]);
    const second = await service.post('/orders', anOrderBody({ currency: 'USD' }), key);
    expect(second.status).toBe(202);
    expect(second.body['id']).not.toBe(first.body['id']);
  });

  it.each(['', 'é', 'a'.repeat(256)])('must be printable and short: "%s"', async (value) => {
    const headers = { 'idempotency-key': Buffer.from(value).toString('latin1') };
    expect((await service.post('/orders', anOrderBody(), headers)).status).toBe(400);
  });

  it('costs nothing when the order was refused', async () => {
    const key = aKey();
    expect((await service.post('/orders', anOrderBody({ lines: [] }), key)).status).toBe(400);
    expect((await service.post('/orders', anOrderBody(), key)).status).toBe(202);
  });

  it('does not let batches with keys in common wait for each other', async () => {
    const names = Array.from({ length: 40 }, () => aKey());
    const all = [...names, ...names.toReversed(), ...names, ...names.toReversed()];
    const answers = await Promise.all(
      all.map((key) => service.post('/orders', anOrderBody({ customerId: 'crowd' }), key)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await countOf('crowd')).toBe(40);
  });

  it('frees who waits for the first answer and leaves', async () => {
    const [key, gate] = [aKey(), Promise.withResolvers<void>()];
    notification.answer = (request) => gate.promise.then(() => notificationAnswer(request));
    const first = service.post('/orders?flow=sync', anOrderBody(), key);
    const leaving = new AbortController();
    const second = fetch(`${service.url}/orders?flow=sync`, {
      method: 'POST',
      headers: { ...key, 'content-type': 'application/json' },
      body: JSON.stringify(anOrderBody()),
      signal: leaving.signal,
    });
    await eventually(() => expect(service.followers).toBe(1));
    leaving.abort();
    await expect(second).rejects.toThrow('abort');
    await eventually(() => expect(service.followers).toBe(0));
    gate.resolve();
    expect((await first).status).toBe(201);
    notification.answer = notificationAnswer;
  });

  it('repeats the outcome of a synchronous order that failed', async () => {
    const failing = await OrderService.start({ inventory: `http://${nowhere}`, notification: notification.url });
    try {
      const key = aKey();
      const first = await failing.post('/orders?flow=sync', anOrderBody(), key);
      const second = await failing.post('/orders?flow=sync', anOrderBody(), key);
      expect([first.status, second.status]).toEqual([503, 503]);
      expect(second.body['orderId']).toBe(first.body['orderId']);
    } finally {
      await failing[Symbol.asyncDispose]();
    }
  });
});
