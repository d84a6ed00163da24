import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '@sluice/core/testing';
import { anOrderBody } from './builders.ts';
import { inventoryAnswer, OrderService, willingInventory, willingNotification } from './order-service.ts';
import type { StubServer } from './stub-server.ts';

let inventory: StubServer;
let notification: StubServer;
let service: OrderService;

beforeEach(async () => {
  inventory = await willingInventory();
  notification = await willingNotification();
  service = await OrderService.start({ inventory: inventory.url, notification: notification.url });
});

afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
  await inventory?.[Symbol.asyncDispose]();
  await notification?.[Symbol.asyncDispose]();
});

const done = async (id: string) =>
  (
    await service.query<{ done: boolean }>(
      'select done_at is not null as done from compensations where order_id = $1',
      [id],
    )
  ).map((row) => row.done);

describe('a compensation', () => {
  it('is tried until it succeeds, also by the process that comes after', async () => {
    inventory.answer = () => ({ status: 500 });
    const { status, body } = await service.post('/orders?flow=sync', anOrderBody());
    const id = String(body['orderId']);
    expect(status).toBe(504);
    await eventually(() =>
      expect(inventory.about(id).filter((line) => line.startsWith('DELETE')).length).toBeGreaterThan(0),
    );
    expect(await done(id)).toEqual([false]);

    await service.restart();
    expect(await done(id)).toEqual([false]);
    inventory.answer = inventoryAnswer;
    await eventually(async () => expect(await done(id)).toEqual([true]));
    expect((await service.get(`/orders/${id}`)).body).toMatchObject({ status: 'CANCELLED', version: 2 });
  });

  it('is given up when the mail is refused for good, with the reason', async () => {
    const { body } = await service.post('/orders?flow=sync', anOrderBody());
    const id = String(body['id']);
    notification.answer = () => ({ status: 422, body: { code: 'mail-refused' } });
    await service.post(`/orders/${id}/cancel`);
    await eventually(async () => expect(await done(id)).toEqual([true, true]));
    const refused = `select last_error as error from compensations where order_id = $1 and kind = 'notify-cancelled'`;
    expect(await service.query(refused, [id])).toEqual([{ error: expect.stringContaining('mail-refused') as string }]);
    expect(notification.about(id)).toHaveLength(2);
  });

  it('is taken again when its process died while it was under way', async () => {
    const { body } = await service.post('/orders?flow=sync', anOrderBody());
    const id = String(body['id']);
    // As a process leaves it that was killed after it had taken it, with the lease run out.
    await service.query(
      `insert into compensations (order_id, kind, attempts, next_attempt_at)
       values ($1, 'release-stock', 1, now() + interval '300 ms')`,
      [id],
    );
    await eventually(async () => expect(await done(id)).toEqual([true]));
    expect(inventory.about(id)).toContain(`DELETE /reservations/${id}`);
  });

  it('is done for an order whose process died before it had completed it', async () => {
    // An order that was written by a request that nobody is working on any more.
    const { body } = await service.post('/orders?flow=sync', anOrderBody());
    const id = String(body['id']);
    await service.query(`update orders set status = 'PENDING', version = 1, deadline_at = now() where id = $1`, [id]);
    await service.query('delete from order_history where order_id = $1 and version = 2', [id]);
    await eventually(async () => {
      expect((await service.get(`/orders/${id}`)).body).toMatchObject({
        status: 'CANCELLED',
        reason: 'deadline exceeded',
      });
    });
    await eventually(async () => expect(await done(id)).toEqual([true]));
    expect(inventory.about(id)).toContain(`DELETE /reservations/${id}`);
    expect(await service.query('select 1 from outbox')).toEqual([]);
  });
});
