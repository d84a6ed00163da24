import type { Transactions } from '@sluice/messaging';
import { describe, expect, it } from 'vitest';
import type { HistoryEntry, OrderStore } from '../src/app/ports.ts';
import { Order, type OrderDraft, type OrderState } from '../src/domain/order.ts';
import { aDraft } from './builders.ts';

export interface StoreUnderTest {
  store: OrderStore;
  transactions: Transactions;
  historyOf(orderId: string): Promise<HistoryEntry[]>;
  /** Types of an order's events, oldest first. */
  publishedOf(orderId: string): Promise<string[]>;
}

const past = new Date('2020-01-01T00:00:00Z');

/** What every order store must do: the same for the one in memory and PostgreSQL's. */
export function orderStoreSuite(name: string, under: () => StoreUnderTest): void {
  describe(`placing in the order store of ${name}`, () => placing(new StoreDriver(under)));
  describe(`changing in the order store of ${name}`, () => changing(new StoreDriver(under)));
}

class StoreDriver {
  constructor(readonly under: () => StoreUnderTest) {}

  async place(overrides: Partial<OrderDraft> = {}): Promise<string> {
    const order = Order.place(aDraft(overrides));
    await this.insert([order]);
    return order.id;
  }

  insert(orders: Order[], fail?: Error): Promise<void> {
    const { store, transactions } = this.under();
    return transactions.run(async (tx) => {
      await store.insert(
        tx,
        orders.map((order) => ({ order })),
      );
      if (fail) throw fail;
    });
  }

  change(id: string, how: (order: Order) => void): Promise<void> {
    const { store, transactions } = this.under();
    return transactions.run(async (tx) => {
      const order = (await store.lock(tx, [id])).get(id)!;
      how(order);
      await store.update(tx, [order]);
    });
  }

  read(id: string): Promise<Readonly<OrderState> | undefined> {
    const { store, transactions } = this.under();
    return transactions.run(async (tx) => (await store.lock(tx, [id])).get(id)?.state);
  }

  overdue(limit: number): Promise<string[]> {
    const { store, transactions } = this.under();
    return transactions.run(async (tx) => (await store.lockOverdue(tx, limit)).map(({ id }) => id));
  }

  async trail(id: string): Promise<[number, string][]> {
    return (await this.under().historyOf(id)).map(({ type, version }) => [version, type]);
  }

  published(id: string): Promise<string[]> {
    return this.under().publishedOf(id);
  }
}

function placing(orders: StoreDriver): void {
  it('keeps what was placed', async () => {
    const order = Order.place(aDraft({ customerId: 'Grace "Amazing" Hopper, \\ {NULL}', email: 'grace@example.com' }));
    await orders.insert([order]);
    expect(await orders.read(order.id)).toEqual(order.state);
    expect(await orders.trail(order.id)).toEqual([[1, 'order.placed']]);
    expect(await orders.published(order.id)).toEqual(['order.placed']);
  });

  it('writes a batch, each with its own', async () => {
    const batch = ['a', 'b', 'c'].map((customerId) => Order.place(aDraft({ customerId })));
    await orders.insert(batch);
    for (const order of batch) expect(await orders.read(order.id)).toEqual(order.state);
  });

  it('leaves nothing when the transaction fails', async () => {
    const order = Order.place(aDraft());
    await expect(orders.insert([order], new Error('changed my mind'))).rejects.toThrow('changed my mind');
    expect(await orders.read(order.id)).toBeUndefined();
    expect(await orders.trail(order.id)).toEqual([]);
    expect(await orders.published(order.id)).toEqual([]);
  });

  it('refuses an id that it has', async () => {
    const id = await orders.place();
    await expect(orders.place({ id })).rejects.toThrow();
    expect(await orders.trail(id)).toEqual([[1, 'order.placed']]);
  });

  it('does not find what is not there', async () => {
    expect(await orders.read('01890a5d-ac96-774b-bcce-b302099a8057')).toBeUndefined();
  });
}

function changing(orders: StoreDriver): void {
  it('keeps what changed, with the history and the event of it', async () => {
    const id = await orders.place();
    const at = new Date();
    await orders.change(id, (order) => order.apply({ reserved: true }, at));
    await orders.change(id, (order) => order.cancel('changed my mind', at));
    const state = { status: 'CANCELLED', reason: 'changed my mind', version: 3, updatedAt: at };
    expect(await orders.read(id)).toMatchObject(state);
    expect(await orders.trail(id)).toEqual([
      [1, 'order.placed'],
      [2, 'order.confirmed'],
      [3, 'order.cancelled'],
    ]);
    expect(await orders.published(id)).toEqual(['order.placed', 'order.confirmed', 'order.cancelled']);
  });

  it('writes nothing for an order that did not change', async () => {
    const id = await orders.place();
    await orders.change(id, () => undefined);
    expect(await orders.trail(id)).toEqual([[1, 'order.placed']]);
  });

  it('publishes nothing about a synchronous order', async () => {
    const id = await orders.place({ flow: 'sync' });
    await orders.change(id, (order) => order.apply({ reserved: false, reason: 'out-of-stock' }, new Date()));
    expect(await orders.trail(id)).toEqual([
      [1, 'order.placed'],
      [2, 'order.rejected'],
    ]);
    expect(await orders.published(id)).toEqual([]);
  });

  it('finds open orders past their deadline, the oldest first, and no others', async () => {
    const later = await orders.place({ deadlineAt: new Date(past.getTime() + 1) });
    const first = await orders.place({ deadlineAt: past });
    const confirmed = await orders.place({ deadlineAt: past });
    await orders.change(confirmed, (order) => order.apply({ reserved: true }, new Date()));
    await orders.place();
    expect(await orders.overdue(10)).toEqual([first, later]);
    expect(await orders.overdue(1)).toEqual([first]);
  });
}
