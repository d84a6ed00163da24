import { v4 as uuidv4 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApplyStockOutcomes } from '../src/app/apply-stock-outcomes.ts';
import { Order } from '../src/domain/order.ts';
import { aDraft, aLine } from './builders.ts';
import { orderStoreSuite } from './order-store.suite.ts';
import { orderDatabase, type OrderDatabase } from './postgres.ts';

let db: OrderDatabase;

beforeAll(async () => {
  db = await orderDatabase();
});

afterAll(() => db?.[Symbol.asyncDispose]());

orderStoreSuite('PostgreSQL', () => ({ ...db, historyOf: (id) => db.reader.history(id) }));

async function placeMany(count: number): Promise<Order[]> {
  const orders = Array.from({ length: count }, () => Order.place(aDraft()));
  await db.transactions.run((tx) =>
    db.store.insert(
      tx,
      orders.map((order) => ({ order })),
    ),
  );
  return orders;
}

describe('the order store of PostgreSQL', () => {
  it('keeps the lines in their order, a SKU twice among them', async () => {
    const lines = [
      aLine({ sku: 'Z' }),
      aLine({ sku: 'A', unitPriceCents: 1_000_000_000 }),
      aLine({ sku: 'Z', quantity: 1 }),
    ];
    const order = Order.place(aDraft({ lines }));
    await db.transactions.run((tx) => db.store.insert(tx, [{ order }]));
    expect((await db.reader.find(order.id))?.lines).toEqual(lines);
  });

  it('takes a thousand lines', async () => {
    const order = Order.place(aDraft({ lines: Array.from({ length: 1000 }, (_, i) => aLine({ sku: `S${i}` })) }));
    await db.transactions.run((tx) => db.store.insert(tx, [{ order }]));
    expect((await db.reader.find(order.id))?.lines).toHaveLength(1000);
  });

  it('has the event in the transaction of the order: one does not come without the other', async () => {
    const before = [await db.count('orders'), await db.count('outbox')];
    const order = Order.place(aDraft());
    // A version that the outbox has seen: the event can't be written.
    await db.dataSource.query(
      `insert into outbox (message_id, topic, key, version, type, data_version, payload)
       values (gen_random_uuid(), 'orders.v1', $1, 1, 'order.placed', 1, '{}')`,
      [order.id],
    );
    const attempt = db.transactions.run((tx) => db.store.insert(tx, [{ order }]));
    await expect(attempt).rejects.toMatchObject({ code: '23505' });
    expect([await db.count('orders'), await db.count('outbox')]).toEqual([before[0], before[1]! + 1]);

    const undone = Order.place(aDraft());
    const failing = db.transactions.run(async (tx) => {
      await db.store.insert(tx, [{ order: undone }]);
      throw new Error('after the event');
    });
    await expect(failing).rejects.toThrow('after the event');
    expect(await db.publishedOf(undone.id)).toEqual([]);
  });

  it('applies outcomes to the same orders from two sides at once without a deadlock, each of them once', async () => {
    const orders = await placeMany(100);
    const apply = (sequence: Order[]) => {
      const outcomes = sequence.map(({ id }) => ({ orderId: id, outcome: { reserved: true } as const }));
      return db.transactions.run((tx) => new ApplyStockOutcomes(db.store, db.transactions).run(tx, outcomes));
    };
    await Promise.all([apply(orders), apply(orders.toReversed()), apply(orders)]);
    for (const { id } of orders) {
      expect(await db.publishedOf(id)).toEqual(['order.placed', 'order.confirmed']);
      expect((await db.reader.history(id)).map(({ version }) => version)).toEqual([1, 2]);
    }
  });

  it('announces changes after the commit, and none that were undone', async () => {
    const [order] = await placeMany(1);
    const outcomes = [{ orderId: order!.id, outcome: { reserved: true } as const }];
    db.committed.length = 0;
    const undone = db.transactions.run(async (tx) => {
      await new ApplyStockOutcomes(db.store, db.transactions).run(tx, outcomes);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(db.committed).toEqual([]);
    await db.transactions.run((tx) => new ApplyStockOutcomes(db.store, db.transactions).run(tx, outcomes));
    expect(db.committed).toEqual([{ orderId: order!.id, flow: 'async', type: 'order.confirmed', version: 2 }]);
  });

  it('gives overdue orders to one of two sweepers', async () => {
    const order = Order.place(aDraft({ deadlineAt: new Date(0) }));
    await db.transactions.run((tx) => db.store.insert(tx, [{ order }]));
    const seen = await db.transactions.run(async (first) => {
      const mine = await db.store.lockOverdue(first, 1);
      const theirs = await db.transactions.run((second) => db.store.lockOverdue(second, 1));
      return [mine.map(({ id }) => id), theirs.map(({ id }) => id)];
    });
    expect(seen[0]).toEqual([order.id]);
    expect(seen[1]).not.toContain(order.id);
  });
});

describe('reading orders', () => {
  it('lists the newest first, page by page', async () => {
    const customerId = 'pages';
    const ids: string[] = [];
    const placedAt = new Date();
    for (let i = 0; i < 5; i += 1) {
      // Ids of the log flow say nothing about time.
      const log = { id: uuidv4(), flow: 'log', placedAt: new Date(placedAt.getTime() + i) } as const;
      const order = Order.place(aDraft({ ...log, customerId, lines: [aLine(), aLine({ sku: 'B' })] }));
      await db.transactions.run((tx) => db.store.insert(tx, [{ order }]));
      ids.unshift(order.id);
    }
    const first = await db.reader.list({ customerId, limit: 3 });
    expect(first.map(({ id }) => id)).toEqual(ids.slice(0, 3));
    expect(first[0]?.lines.map(({ sku }) => sku)).toEqual(['BOOK', 'B']);
    const rest = await db.reader.list({ customerId, limit: 3, before: first.at(-1)! });
    expect(rest.map(({ id }) => id)).toEqual(ids.slice(3));
    expect(await db.reader.list({ customerId, status: 'CONFIRMED', limit: 3 })).toEqual([]);
  });
});
