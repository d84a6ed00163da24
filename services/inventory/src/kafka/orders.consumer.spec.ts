import { randomUUID } from 'node:crypto';
import type { Outbox, Transaction } from '@sluice/messaging';
import type { OutgoingEvent } from '@sluice/messaging/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStockStore } from '../../test/memory-stock.store.ts';
import { ReleaseStock } from '../app/release-stock.ts';
import { ReserveStock } from '../app/reserve-stock.ts';
import { OrdersConsumer } from './orders.consumer.ts';

type StockOrderEvent = Parameters<OrdersConsumer['on']>[0][number];

const tx = {} as Transaction;

function anEvent(type: StockOrderEvent['type'], orderId: string, quantity = 1): StockOrderEvent {
  const lines = [{ sku: 'a', quantity, unitPriceCents: 100 }];
  const order = { orderId, customerId: 'c-1', email: 'c@example.org', currency: 'EUR', totalCents: 100 };
  const data = type === 'order.placed' ? { ...order, lines } : { ...order, reason: 'expired' };
  const envelope = { id: randomUUID(), source: '/order', time: '2026-01-01T00:00:00Z', key: orderId, version: 1 };
  return { ...envelope, type, data } as StockOrderEvent;
}

describe('OrdersConsumer', () => {
  const [one, two] = [randomUUID(), randomUUID()];
  let store: MemoryStockStore;
  let published: string[];
  let consumer: OrdersConsumer;

  beforeEach(async () => {
    published = [];
    store = new MemoryStockStore();
    await store.set('a', 1);
    const append = (_: Transaction, __: unknown, events: OutgoingEvent[]): Promise<void> => {
      published.push(...events.map(({ type, key, version }) => `${type} ${key === one ? 'one' : 'two'} ${version}`));
      return Promise.resolve();
    };
    const outbox = { append } as unknown as Outbox;
    consumer = new OrdersConsumer(new ReserveStock(store), new ReleaseStock(store), outbox);
  });

  it('answers each placed order', async () => {
    await consumer.on([anEvent('order.placed', one), anEvent('order.placed', two)], tx);
    expect(published).toEqual(['stock.reserved one 1', 'stock.rejected two 1']);
  });

  it('keeps the order of a placing and its cancelling in one batch, and gives the stock to the next', async () => {
    await consumer.on(
      [anEvent('order.placed', one), anEvent('order.cancelled', one), anEvent('order.placed', two)],
      tx,
    );
    expect(published).toEqual(['stock.reserved one 1', 'stock.released one 2', 'stock.reserved two 1']);
  });

  it('releases nothing for an order that holds nothing', async () => {
    await consumer.on([anEvent('order.placed', one, 2), anEvent('order.cancelled', one)], tx);
    expect(published).toEqual(['stock.rejected one 1']);
  });

  it('honours a cancelling that came first', async () => {
    await consumer.on([anEvent('order.cancelled', one), anEvent('order.placed', one)], tx);
    expect(published).toEqual(['stock.rejected one 1']);
    expect(await store.find('a')).toMatchObject({ available: 1 });
  });

  it('does not tell twice what it has told', async () => {
    await consumer.on([anEvent('order.placed', one), anEvent('order.placed', one)], tx);
    await consumer.on([anEvent('order.placed', one)], tx);
    expect(published).toEqual(['stock.reserved one 1']);
  });
});
