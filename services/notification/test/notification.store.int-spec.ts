import { randomUUID } from 'node:crypto';
import { PostgresTransactions } from '@sluice/messaging';
import { poolOf } from '@sluice/service-kit';
import { createDatabase, type TestDatabase } from '@sluice/service-kit/testing';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Notifications1700000000000 } from '../src/adapters/migrations/1700000000000-notifications.ts';
import { NotificationEntity } from '../src/adapters/notification.entity.ts';
import { PostgresNotificationStore } from '../src/adapters/notification.store.ts';
import type { NotificationRequest } from '../src/domain/notification.ts';
import { aRequest } from './builders.ts';
import { notificationStoreSuite } from './notification-store.suite.ts';

let database: TestDatabase;
let dataSource: DataSource;
let store: PostgresNotificationStore;
let transactions: PostgresTransactions;

beforeAll(async () => {
  database = await createDatabase();
  dataSource = new DataSource({
    type: 'postgres',
    url: database.url,
    poolSize: 16,
    entities: [NotificationEntity],
    migrations: [Notifications1700000000000],
    extra: { lock_timeout: 5_000, statement_timeout: 10_000 },
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  store = new PostgresNotificationStore(dataSource);
  transactions = new PostgresTransactions(poolOf(dataSource));
});

afterAll(async () => {
  await dataSource?.destroy();
  await database?.drop();
});

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

  it('settles a notification once and leaves no gap in the versions, whoever settles', async () => {
    const orders = times(30, () => {
      const confirmed = aRequest();
      return [confirmed, aRequest({ orderId: confirmed.orderId, kind: 'order-cancelled' })] as const;
    });
    await claim(randomUUID(), orders.flat());
    const settle = (requests: NotificationRequest[]) =>
      transactions.run((tx) =>
        store.settle(
          tx,
          requests.map((request) => ({ request, sentAt: new Date() })),
        ),
      );
    const results = await Promise.all([
      settle(orders.map(([confirmed]) => confirmed)),
      settle(orders.map(([, cancelled]) => cancelled).reverse()),
      settle(orders.flat().reverse()),
    ]);
    const settled = results.flat();
    expect(settled).toHaveLength(60);
    for (const [{ orderId }] of orders) {
      const versions = settled.filter((one) => one.orderId === orderId).map(({ version }) => version);
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
