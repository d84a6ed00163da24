import { randomUUID } from 'node:crypto';
import type { PostgresTransactions } from '@sluice/messaging';
import { migratedDatabase, type MigratedDatabase } from '@sluice/service-kit/testing';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompletedOrders } from '../src/adapters/completed-orders.metrics.ts';
import { Notifications1700000000000 } from '../src/adapters/migrations/1700000000000-notifications.ts';
import { NotificationEntity } from '../src/adapters/notification.entity.ts';
import { PostgresNotificationStore } from '../src/adapters/notification.store.ts';
import type { NotificationRequest } from '../src/domain/notification.ts';
import { aRequest } from './builders.ts';
import { notificationStoreSuite } from './notification-store.suite.ts';

let database: MigratedDatabase;
let store: PostgresNotificationStore;
let transactions: PostgresTransactions;

beforeAll(async () => {
  database = await migratedDatabase([NotificationEntity], [Notifications1700000000000]);
  store = new PostgresNotificationStore(database.dataSource, new CompletedOrders(new Registry()));
  ({ transactions } = database);
});

afterAll(() => database?.[Symbol.asyncDispose]());

notificationStoreSuite('PostgreSQL', () => ({ store, transactions }));

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const claim = (token: string, requests: NotificationRequest[]) =>
  transactions.run((tx) => store.claim(tx, token, requests, 60_000));

describe('the notification store of PostgreSQL, under concurrency', () => {
  it('gives each notification to one of twenty that claim it at once, in whatever order they name it', async () => {
    const requests = times(50, () => aRequest());
    const results = await Promise.all(
      times(20, (i) => claim(randomUUID(), i % 2 ? requests : [...requests].reverse())),
    );
    expect(results.reduce((sum, { claimed }) => sum + claimed.size, 0)).toBe(50);
  });

  it('completes a notification once and leaves no gap in the versions, whoever completes it', async () => {
    const orders = times(30, () => {
      const confirmed = aRequest();
      return [confirmed, aRequest({ orderId: confirmed.orderId, kind: 'order-cancelled' })] as const;
    });
    await claim(randomUUID(), orders.flat());
    const complete = (requests: NotificationRequest[]) =>
      transactions.run((tx) =>
        store.complete(
          tx,
          requests.map((request) => ({ request, sentAt: new Date() })),
        ),
      );
    const results = await Promise.all([
      complete(orders.map(([confirmed]) => confirmed)),
      complete(orders.map(([, cancelled]) => cancelled).reverse()),
      complete(orders.flat().reverse()),
    ]);
    const completed = results.flat();
    expect(completed).toHaveLength(60);
    for (const [{ orderId }] of orders) {
      const versions = completed.filter((one) => one.orderId === orderId).map(({ version }) => version);
      expect(versions.sort()).toEqual([1, 2]);
    }
  });

  it('leaves no claim behind when the transaction fails', async () => {
    const request = aRequest();
    const failing = transactions.run(async (tx) => {
      await store.claim(tx, randomUUID(), [request], 60_000);
      throw new Error('later in the transaction');
    });
    await expect(failing).rejects.toThrow('later');
    expect((await claim(randomUUID(), [request])).claimed.size).toBe(1);
  });
});
