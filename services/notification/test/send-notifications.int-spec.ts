import { randomUUID } from 'node:crypto';
import { messageIdOf } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { migratedDatabase, type MigratedDatabase } from '@sluice/service-kit/testing';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CompletedOrders } from '../src/adapters/completed-orders.metrics.ts';
import { Notifications1700000000000 } from '../src/adapters/migrations/1700000000000-notifications.ts';
import { NotificationEntity } from '../src/adapters/notification.entity.ts';
import { PostgresNotificationStore } from '../src/adapters/notification.store.ts';
import { DeliverMails } from '../src/app/deliver-mails.ts';
import { MailQueue } from '../src/app/mail-queue.ts';
import { SendNotifications } from '../src/app/send-notifications.ts';
import { MailRefused } from '../src/domain/errors.ts';
import type { NotificationRequest } from '../src/domain/notification.ts';
import { aRequest } from './builders.ts';
import { FakeMailer } from './fake-mailer.ts';

/** Longer than a busy machine keeps a process waiting, so that a claim is only lost on purpose. */
const leaseMs = 2_000;
let database: MigratedDatabase;
const registry = new Registry();
const completedOrders = new CompletedOrders(registry);

beforeAll(async () => {
  database = await migratedDatabase([NotificationEntity], [Notifications1700000000000]);
});

afterAll(() => database?.[Symbol.asyncDispose]());

/** A process of its own, as far as claims go. */
function anInstance(
  attempt?: () => Promise<void>,
  store = new PostgresNotificationStore(database.dataSource, completedOrders),
) {
  const { transactions } = database;
  const mailer = new FakeMailer(attempt);
  const options = { leaseMs, stopping: new AbortController().signal };
  const deliverMails = new DeliverMails(store, new MailQueue(mailer, 5), transactions, options);
  const useCase = new SendNotifications(store, deliverMails, transactions, options);
  const claimAndPerform = async (requests: NotificationRequest[]) =>
    useCase.perform(await transactions.run((tx) => useCase.claim(tx, requests)), { lane: 'kafka' });
  /** What the consumer does with a batch: again and again until nothing is in the way. */
  const work = (requests: NotificationRequest[]): Promise<void> =>
    eventually(async () => {
      const performed = await claimAndPerform(requests);
      await transactions.run((tx) => useCase.complete(tx, [performed]));
      expect(performed).not.toHaveProperty('failure');
    });
  return { mailer, useCase, claimAndPerform, work };
}

const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make);

async function rowsOf(requests: NotificationRequest[]) {
  const text = 'select status, version from notifications where order_id = any($1)';
  return database.dataSource.query<{ status: string; version: number }[]>(text, [
    requests.map(({ orderId }) => orderId),
  ]);
}

/** Orders of all flows and kinds. */
async function completedCount(): Promise<number> {
  const metric = await registry.getSingleMetric('sluice_orders_completed_total')!.get();
  return metric.values.reduce((sum, { value }) => sum + value, 0);
}

describe('sending, on PostgreSQL', () => {
  it('sends each notification once although two instances work on the same ones', async () => {
    const [one, two] = [anInstance(), anInstance()];
    const requests = times(100, () => aRequest());
    await Promise.all([one.work(requests), two.work([...requests].reverse())]);
    const ids = [...one.mailer.messageIds, ...two.mailer.messageIds];
    expect(ids).toHaveLength(100);
    expect(new Set(ids).size).toBe(100);
    expect(await rowsOf(requests)).toEqual(times(100, () => ({ status: 'SENT', version: 1 })));
  });

  it('repeats a mail after a crash between 250 and completing, under the same id and in the same row', async () => {
    const [dead, next] = [anInstance(), anInstance()];
    const request = aRequest();
    const before = await completedCount();
    expect((await dead.claimAndPerform([request])).delivered).toHaveLength(1);
    expect(await rowsOf([request])).toEqual([{ status: 'CLAIMED', version: null }]);
    await next.work([request]);
    // Two mails and one order.
    expect((await completedCount()) - before).toBe(1);
    const messageId = messageIdOf(request.orderId, request.kind);
    expect([...dead.mailer.messageIds, ...next.mailer.messageIds]).toEqual([messageId, messageId]);
    expect(await rowsOf([request])).toEqual([{ status: 'SENT', version: 1 }]);
  });

  it('counts an order as completed with its first notification, and none when the transaction failed', async () => {
    const { useCase, claimAndPerform, work } = anInstance();
    const confirmed = aRequest();
    const before = await completedCount();
    const performed = await claimAndPerform([confirmed]);
    const undone = database.transactions.run(async (tx) => {
      await useCase.complete(tx, [performed]);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect((await completedCount()) - before).toBe(0);
    await database.transactions.run((tx) => useCase.complete(tx, [performed]));
    await database.transactions.run((tx) => useCase.complete(tx, [performed]));
    expect((await completedCount()) - before).toBe(1);
    await work([aRequest({ orderId: confirmed.orderId, kind: 'order-cancelled' })]);
    expect((await completedCount()) - before).toBe(1);
  });

  it('keeps its claims for as long as its mails take, however long that is', async () => {
    const provider = Promise.withResolvers<void>();
    const [slow, eager] = [anInstance(() => provider.promise), anInstance()];
    const requests = times(10, () => aRequest());
    const sending = slow.work(requests);
    await eventually(async () => expect(await rowsOf(requests)).toHaveLength(10));
    const startedMs = performance.now();
    while (performance.now() - startedMs < leaseMs * 2) {
      const { delivered } = await eager.claimAndPerform(requests);
      expect(delivered).toEqual([]);
    }
    provider.resolve();
    await sending;
    expect([slow.mailer.sent.length, eager.mailer.sent.length]).toEqual([10, 0]);
  });

  it('completes in the order in which others claim, whatever was sent and what was not', async () => {
    const { dataSource, transactions } = database;
    const plain = new PostgresNotificationStore(dataSource, completedOrders);
    const [sent, unsent] = times(2, () => aRequest()).sort((a, b) => (a.orderId < b.orderId ? -1 : 1));
    let claiming: Promise<unknown> = Promise.resolve();
    /** Lets another one claim both between the steps of completing. */
    class Interrupted extends PostgresNotificationStore {
      override async withdraw(...args: Parameters<PostgresNotificationStore['withdraw']>): Promise<void> {
        await super.withdraw(...args);
        claiming = transactions.run((tx) => plain.claim(tx, randomUUID(), [sent!, unsent!], leaseMs));
        const waiting = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
        await eventually(async () => expect(await dataSource.query(waiting)).toHaveLength(1));
      }
    }
    const { useCase } = anInstance(undefined, new Interrupted(dataSource, completedOrders));
    const { token } = await transactions.run((tx) => useCase.claim(tx, [sent!, unsent!]));
    const undelivered = [{ request: unsent!, error: new MailRefused('no such mailbox') }];
    const performed = { token, delivered: [{ request: sent!, sentAt: new Date() }], undelivered };
    await transactions.run((tx) => useCase.complete(tx, [performed]));
    await claiming;
    expect(await rowsOf([sent!])).toEqual([{ status: 'SENT', version: 1 }]);
  });
});
