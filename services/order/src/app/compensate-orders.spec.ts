import { silentLog } from '@sluice/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { aDraft } from '../../test/builders.ts';
import { MemoryCompensations, MemoryDatabase, MemoryOrderStore } from '../../test/memory-order.store.ts';
import { DownstreamFailed } from '../domain/errors.ts';
import { Order, type StockOutcome } from '../domain/order.ts';
import { CompensateOrders } from './compensate-orders.ts';
import type { CompensationKind, Inventory, Notifications } from './ports.ts';

/** Both downstreams at once; every call fails with `failure`, if there is one. */
class Downstream implements Inventory, Notifications {
  failure: DownstreamFailed | undefined;

  accepting(): boolean {
    return true;
  }

  async reserve(): Promise<StockOutcome> {
    return { reserved: true };
  }

  async release(): Promise<void> {
    if (this.failure) throw this.failure;
  }

  async notify(): Promise<void> {
    if (this.failure) throw this.failure;
  }
}

let database: MemoryDatabase;
let compensations: MemoryCompensations;
let downstream: Downstream;
let compensate: CompensateOrders;

beforeEach(async () => {
  database = new MemoryDatabase();
  compensations = new MemoryCompensations(database);
  downstream = new Downstream();
  compensate = new CompensateOrders(database, compensations, downstream, downstream, silentLog);
});

async function anOrderThatNeeds(kind: CompensationKind): Promise<void> {
  const order = Order.place(aDraft({ flow: 'sync' }));
  await database.run(async (tx) => {
    await new MemoryOrderStore(database).insert(tx, [{ order }]);
    await compensations.add(tx, [{ orderId: order.id, kind }]);
  });
}

describe('a compensation that is refused for good', () => {
  beforeEach(() => {
    downstream.failure = new DownstreamFailed('notification', 'refused', 'answered 422: no such mailbox');
  });

  it('is given up when it is a mail, and the reason is kept', async () => {
    await anOrderThatNeeds('notify-cancelled');
    await compensate.run();
    const reason = 'notification answered 422: no such mailbox';
    expect(database.tables.compensations).toMatchObject([{ attempts: 1, done: true, error: reason }]);
  });

  it('goes on when it is stock, which must not stay reserved', async () => {
    await anOrderThatNeeds('release-stock');
    await compensate.run();
    expect(database.tables.compensations).toMatchObject([{ attempts: 1, done: false }]);
    downstream.failure = undefined;
    await compensate.run();
    expect(database.tables.compensations).toMatchObject([{ attempts: 2, done: true, error: undefined }]);
  });
});

describe('a compensation that is refused for now', () => {
  it.each([
    [60_000, 60_000],
    [0, 100],
  ])('is tried again when the other side wants it, after %d ms', async (retryAfterMs, least) => {
    const failure = new DownstreamFailed('notification', 'unavailable', 'answered 503', { retryAfterMs });
    downstream.failure = failure;
    await anOrderThatNeeds('notify-cancelled');
    await compensate.run();
    const [{ done, delayMs = NaN } = {}] = database.tables.compensations;
    expect(done).toBe(false);
    expect(delayMs).toBeGreaterThanOrEqual(least);
    expect(delayMs).toBeLessThanOrEqual(Math.max(retryAfterMs, 200));
  });
});
