import type { StockEvent } from '@sluice/messaging/contracts';
import { describe, expect, it } from 'vitest';
import { aDraft } from '../../test/builders.ts';
import { MemoryDatabase, MemoryOrderStore } from '../../test/memory-order.store.ts';
import { SettleOrders } from '../app/settle-orders.ts';
import { OrderNotFound } from '../domain/errors.ts';
import { Order } from '../domain/order.ts';
import { StockConsumer } from './stock.consumer.ts';

async function placed(...orders: Order[]) {
  const database = new MemoryDatabase();
  const store = new MemoryOrderStore(database);
  await database.run((tx) =>
    store.insert(
      tx,
      orders.map((order) => ({ order })),
    ),
  );
  const consumer = new StockConsumer(new SettleOrders(store));
  return { database, consume: (...events: StockEvent[]) => database.run((tx) => consumer.on(events, tx)) };
}

let ids = 0;
function event(type: 'stock.reserved' | 'stock.released', orderId: string): StockEvent {
  const envelope = { id: `event-${++ids}`, source: 'test', time: '', key: orderId, version: 1 };
  return { ...envelope, type, dataVersion: 1, data: { orderId } };
}
function rejected(orderId: string): StockEvent {
  return { ...event('stock.reserved', orderId), type: 'stock.rejected', data: { orderId, reason: 'out-of-stock' } };
}

describe('the stock consumer', () => {
  it('settles a batch, each order once', async () => {
    const [a, b, c] = [Order.place(aDraft()), Order.place(aDraft()), Order.place(aDraft())];
    const { database, consume } = await placed(a, b, c);
    await consume(
      event('stock.reserved', b.id),
      rejected(a.id),
      event('stock.reserved', b.id),
      event('stock.released', c.id),
    );
    const statuses = [a, b, c].map(({ id }) => database.tables.orders.get(id)?.status);
    expect(statuses).toEqual(['REJECTED', 'CONFIRMED', 'PENDING']);
    expect(database.tables.published.get(b.id)).toEqual(['order.placed', 'order.confirmed']);
    await consume(event('stock.reserved', b.id), event('stock.reserved', a.id));
    expect(database.tables.published.get(a.id)).toEqual(['order.placed', 'order.rejected']);
  });

  it('does nothing when stock was released', async () => {
    const { consume } = await placed();
    await consume(event('stock.released', 'unknown'));
  });

  it('refuses an order that it does not know, with nothing settled', async () => {
    const known = Order.place(aDraft());
    const { database, consume } = await placed(known);
    const attempt = consume(event('stock.reserved', known.id), event('stock.reserved', aDraft().id));
    await expect(attempt).rejects.toThrow(OrderNotFound);
    expect(database.tables.orders.get(known.id)?.status).toBe('PENDING');
  });
});
