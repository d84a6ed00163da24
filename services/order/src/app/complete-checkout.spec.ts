import { OutcomeUnknown, silentLog } from '@sluice/core';
import type { Transaction } from '@sluice/messaging';
import { beforeEach, describe, expect, it } from 'vitest';
import { aDraft } from '../../test/builders.ts';
import { MemoryCompensations, MemoryDatabase, MemoryOrderStore } from '../../test/memory-order.store.ts';
import { DownstreamFailed, Overloaded } from '../domain/errors.ts';
import { Order, type StockOutcome } from '../domain/order.ts';
import { ApplyStockOutcomes } from './apply-stock-outcomes.ts';
import { CancelOrder } from './cancel-order.ts';
import { CompensateOrders } from './compensate-orders.ts';
import { CompleteCheckout } from './complete-checkout.ts';
import { Inventory, Notifications, type NotificationRequest } from './ports.ts';

class StubInventory extends Inventory {
  open = true;
  outcome: StockOutcome = { reserved: true };
  released: string[] = [];
  accepting(): boolean {
    return this.open;
  }
  async reserve(): Promise<StockOutcome> {
    return this.outcome;
  }
  async release(orderId: string): Promise<void> {
    this.released.push(orderId);
  }
}

class StubNotifications extends Notifications {
  open = true;
  sent: NotificationRequest[] = [];
  meanwhile: () => Promise<void> = async () => undefined;
  accepting(): boolean {
    return this.open;
  }
  async notify(request: NotificationRequest): Promise<void> {
    await this.meanwhile();
    this.sent.push(request);
  }
}

/** Fails the transactions whose numbers are given, before or after their commit. */
class FailingDatabase extends MemoryDatabase {
  failing = new Map<number, 'before' | 'after'>();
  #number = 0;

  override async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const how = this.failing.get(++this.#number);
    if (how === 'before') throw new Error('the database is unavailable');
    const result = await super.run(work);
    if (how === 'after') throw new Error('COMMIT was not answered');
    return result;
  }
}

let database: FailingDatabase;
let inventory: StubInventory;
let notifications: StubNotifications;
let checkout: CompleteCheckout;
let cancelOrder: CancelOrder;
let order: Order;
const aCall = () => ({ deadlineMs: Date.now() + 5_000 });
const stored = () => database.tables.orders.get(order.id);

beforeEach(async () => {
  database = new FailingDatabase();
  inventory = new StubInventory();
  notifications = new StubNotifications();
  const store = new MemoryOrderStore(database);
  cancelOrder = new CancelOrder(store, new MemoryCompensations(database), database, silentLog);
  const applyOutcomes = new ApplyStockOutcomes(store, database);
  checkout = new CompleteCheckout(inventory, notifications, applyOutcomes, cancelOrder);
  order = Order.place(aDraft({ flow: 'sync' }));
  await database.run((tx) => store.insert(tx, [{ order }]));
});

describe('completing a checkout', () => {
  it('confirms, and notifies before', async () => {
    expect(await checkout.run(order, aCall())).toMatchObject({ status: 'CONFIRMED', lines: order.lines });
    expect(notifications.sent.map(({ kind }) => kind)).toEqual(['order-confirmed']);
    expect(database.tables.compensations).toEqual([]);
  });

  it('cancels with the reason of the downstream, and writes down what has to be undone', async () => {
    notifications.meanwhile = async () => {
      throw new DownstreamFailed('notification', 'timeout', 'was too late');
    };
    const { status, reason } = await checkout.run(order, aCall());
    expect([status, reason]).toEqual(['CANCELLED', 'notification-timeout']);
    expect(database.tables.compensations).toMatchObject([{ orderId: order.id, kind: 'release-stock', done: false }]);
    const compensations = new MemoryCompensations(database);
    await new CompensateOrders(database, compensations, inventory, notifications, silentLog).run();
    expect(inventory.released).toEqual([order.id]);
    expect(database.tables.compensations).toMatchObject([{ done: true }]);
  });

  it('answers what became of an order that was cancelled meanwhile', async () => {
    notifications.meanwhile = async () => {
      await database.run((tx) => cancelOrder.run(tx, order.id));
    };
    expect(await checkout.run(order, aCall())).toMatchObject({
      status: 'CANCELLED',
      reason: 'requested by customer',
    });
  });

  it('is confirmed when only the answer to the COMMIT was lost', async () => {
    database.failing.set(2, 'after');
    expect(await checkout.run(order, aCall())).toMatchObject({ status: 'CONFIRMED' });
    expect(stored()).toMatchObject({ status: 'CONFIRMED', version: 2 });
  });

  it('is cancelled when the outcome could not be applied', async () => {
    database.failing.set(2, 'before');
    expect(await checkout.run(order, aCall())).toMatchObject({ status: 'CANCELLED', reason: 'internal-error' });
  });

  it('leaves the order to its deadline when it can not even be cancelled', async () => {
    database.failing.set(2, 'before').set(3, 'before');
    const attempt = checkout.run(order, aCall());
    await expect(attempt).rejects.toThrow(OutcomeUnknown);
    await expect(attempt).rejects.toMatchObject({ details: { orderId: order.id } });
    expect(stored()?.status).toBe('PENDING');
  });

  it('is not begun while a downstream does not accept', () => {
    checkout.assertPossible();
    notifications.open = false;
    expect(() => checkout.assertPossible()).toThrow(Overloaded);
    notifications.open = true;
    inventory.open = false;
    expect(() => checkout.assertPossible()).toThrow(Overloaded);
  });
});
