import { describe, expect, it } from 'vitest';
import { aDraft } from '../../test/builders.ts';
import { MemoryDatabase, MemoryOrderStore } from '../../test/memory-order.store.ts';
import { ApplyStockOutcomes } from '../app/apply-stock-outcomes.ts';
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
  const consumer = new StockConsumer(new ApplyStockOutcomes(store, database));
  return { database, consume: (...events: Answer[]) => database.run((tx) => consumer.on(events, tx)) };
}

type Answer = Parameters<StockConsumer['on']>[0][number];

let ids = 0;
function reserved(orderId: string): Answer {
  const envelope = { id: `event-${++ids}`, source: 'test', time: '', key: orderId, version: 1 };
  return { ...envelope, type: 'stock.reserved', dataVersion: 1, data: { orderId } };
}
function rejected(orderId: string): Answer {
  return { ...reserved(orderId), type: 'stock.rejected', data: { orderId, reason: 'out-of-stock' } };
}

describe('the stock consumer', () => {
  it('applies a batch, to each order once', async () => {
    const [a, b, c] = [Order.place(aDraft()), Order.place(aDraft()), Order.place(aDraft())];
    const { database, consume } = await placed(a, b, c);
    await consume(reserved(b.id), rejected(a.id), reserved(b.id));
    const statuses = [a, b, c].map(({ id }) => database.tables.orders.get(id)?.status);
    expect(statuses).toEqual(['REJECTED', 'CONFIRMED', 'PENDING']);
    expect(database.tables.published.get(b.id)).toEqual(['order.placed', 'order.confirmed']);
    await consume(reserved(b.id), reserved(a.id));
    expect(database.tables.published.get(a.id)).toEqual(['order.placed', 'order.rejected']);
  });

  it('refuses an order that it does not know, with nothing applied', async () => {
    const known = Order.place(aDraft());
    const { database, consume } = await placed(known);
    const attempt = consume(reserved(known.id), reserved(aDraft().id));
    await expect(attempt).rejects.toThrow(OrderNotFound);
    expect(database.tables.orders.get(known.id)?.status).toBe('PENDING');
  });
});
