import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { OrderService } from './order-service.ts';

let service: OrderService;

beforeAll(async () => {
  service = await OrderService.start();
});

afterAll(() => service?.[Symbol.asyncDispose]());

const published = async (id: string) =>
  (await service.query<{ type: string }>('select type from outbox where key = $1 order by id', [id])).map(
    ({ type }) => type,
  );

describe('cancelling an asynchronous order', () => {
  it.each(['PENDING', 'CONFIRMED'])('cancels a %s one once, and publishes it', async (status) => {
    const id = await service.place();
    if (status === 'CONFIRMED') await service.applyOutcome(id);
    const first = await service.post(`/orders/${id}/cancel`);
    expect(first).toMatchObject({ status: 200, body: { id, status: 'CANCELLED', reason: 'requested by customer' } });
    const second = await service.post(`/orders/${id}/cancel`);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect((await published(id)).filter((type) => type === 'order.cancelled')).toHaveLength(1);
    expect(await service.query('select 1 from compensations where order_id = $1', [id])).toEqual([]);
  });

  it.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded'])(
    'needs no body, though the content type is %s',
    async (type) => {
      const id = await service.place();
      const { status } = await service.post(`/orders/${id}/cancel`, undefined, { 'content-type': type });
      expect(status).toBe(200);
    },
  );

  it('refuses a rejected one', async () => {
    const id = await service.place();
    await service.applyOutcome(id, { reserved: false, reason: 'unknown-sku' });
    const { status, body } = await service.post(`/orders/${id}/cancel`);
    expect([status, body]).toMatchObject([409, { code: 'order-not-cancellable', orderId: id, status: 409 }]);
    expect((await service.get(`/orders/${id}`)).body['status']).toBe('REJECTED');
  });

  it('cancels once when many ask at the same time', async () => {
    const id = await service.place();
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.post(`/orders/${id}/cancel`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await published(id)).toEqual(['order.placed', 'order.cancelled']);
  });

  it('stays cancelled when the stock was reserved too late', async () => {
    const id = await service.place();
    await service.post(`/orders/${id}/cancel`);
    await service.applyOutcome(id);
    expect((await service.get(`/orders/${id}`)).body).toMatchObject({ status: 'CANCELLED', version: 2 });
    expect(await published(id)).toEqual(['order.placed', 'order.cancelled']);
  });
});

describe('the deadline of an asynchronous order', () => {
  it('cancels it when it is still open, and publishes it', async () => {
    const id = await service.place();
    const confirmed = await service.place();
    await service.applyOutcome(confirmed);
    await service.query(`update orders set deadline_at = now() - interval '1 s' where id = any($1)`, [[id, confirmed]]);
    await eventually(async () => {
      const { body } = await service.get(`/orders/${id}`);
      expect(body).toMatchObject({ status: 'CANCELLED', reason: 'deadline exceeded' });
    });
    expect(await published(id)).toEqual(['order.placed', 'order.cancelled']);
    expect((await service.get(`/orders/${confirmed}`)).body['status']).toBe('CONFIRMED');
  });
});
