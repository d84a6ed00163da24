import { randomUUID } from 'node:crypto';
import type { Transaction, Transactions } from '@sluice/messaging';
import { describe, expect, it } from 'vitest';
import type { ListQuery, NotificationStore } from '../src/app/ports.ts';
import { keyOf, type NotificationRequest } from '../src/domain/notification.ts';
import { aRequest } from './builders.ts';

export interface StoreUnderTest {
  store: NotificationStore;
  transactions: Transactions;
}

const minuteMs = 60_000;
const sentAt = new Date('2026-11-23T10:15:30.412Z');

function operationsOn(subject: () => StoreUnderTest) {
  const run = <T>(work: (store: NotificationStore, tx: Transaction) => Promise<T>): Promise<T> =>
    subject().transactions.run((tx) => work(subject().store, tx));
  const claim = (token: string, requests: NotificationRequest[], leaseMs = minuteMs) =>
    run((store, tx) => store.claim(tx, token, requests, leaseMs));
  const complete = (...requests: NotificationRequest[]) => {
    const delivered = requests.map((request) => ({ request, sentAt }));
    return run((store, tx) => store.complete(tx, delivered));
  };
  const list = (query: ListQuery) => subject().store.list(query);
  const statusOf = async ({ orderId, kind }: NotificationRequest) =>
    (await list({ orderId, limit: 10 })).find((one) => one.kind === kind)?.status;
  return { run, claim, complete, list, statusOf };
}

/** What claiming, sending and giving back mean, on every store. */
export function notificationStoreSuite(name: string, subject: () => StoreUnderTest): void {
  describe(`the notification store, ${name}`, () => {
    const operations = operationsOn(subject);
    claiming(operations);
    completing(operations);
  });
}

function claiming({ run, claim, complete }: ReturnType<typeof operationsOn>): void {
  it('claims what is new and returns what another holder has', async () => {
    const [mine, theirs] = [aRequest(), aRequest()];
    await claim(randomUUID(), [theirs]);
    const { claimed, known } = await claim(randomUUID(), [mine, theirs]);
    expect([...claimed]).toEqual([keyOf(mine)]);
    expect(known).toEqual([{ orderId: theirs.orderId, kind: theirs.kind, status: 'CLAIMED' }]);
  });

  it('lets a claim be taken over when its lease ran out, not before', async () => {
    const [dead, alive] = [aRequest(), aRequest()];
    await claim(randomUUID(), [dead], 0);
    await claim(randomUUID(), [alive]);
    expect([...(await claim(randomUUID(), [dead, alive])).claimed]).toEqual([keyOf(dead)]);
  });

  it('returns what is sent, and when that was, instead of claiming it', async () => {
    const request = aRequest();
    await claim(randomUUID(), [request], 0);
    await complete(request);
    const { claimed, known } = await claim(randomUUID(), [request]);
    expect(claimed.size).toBe(0);
    expect(known).toEqual([{ orderId: request.orderId, kind: request.kind, status: 'SENT', sentAt }]);
  });

  it('renews the claims of a token, and says so when one was lost', async () => {
    const [a, b] = [aRequest(), aRequest()];
    const token = randomUUID();
    await claim(token, [a]);
    expect(await run((store, tx) => store.renew(tx, token, [a], minuteMs))).toBe(1);
    await claim(token, [b], 0);
    expect(await run((store, tx) => store.renew(tx, token, [a, b], minuteMs))).toBe(1);
    expect((await claim(randomUUID(), [a])).claimed.size).toBe(0);
  });
}

function completing({ run, claim, complete, list, statusOf }: ReturnType<typeof operationsOn>): void {
  it('completes once and counts versions over the kinds of an order', async () => {
    const confirmed = aRequest();
    const cancelled = aRequest({ orderId: confirmed.orderId, kind: 'order-cancelled' });
    const other = aRequest();
    await claim(randomUUID(), [confirmed, cancelled, other]);
    expect(await complete(confirmed, other)).toMatchObject([{ version: 1 }, { version: 1 }]);
    expect(await complete(confirmed, cancelled)).toEqual([
      { orderId: confirmed.orderId, kind: 'order-cancelled', sentAt, version: 2 },
    ]);
    expect(await complete(confirmed, cancelled, other)).toEqual([]);
  });

  it('completes a mail that was sent although its claim is gone', async () => {
    const request = aRequest();
    const token = randomUUID();
    await claim(token, [request]);
    await run((store, tx) => store.withdraw(tx, token, [request]));
    expect(await complete(request)).toMatchObject([{ version: 1 }]);
    expect(await statusOf(request)).toBe('SENT');
  });

  it('withdraws without a trace, and only what the token holds', async () => {
    const [mine, theirs, sent] = [aRequest(), aRequest(), aRequest()];
    const token = randomUUID();
    await claim(token, [mine, sent]);
    await claim(randomUUID(), [theirs]);
    await complete(sent);
    await run((store, tx) => store.withdraw(tx, token, [mine, theirs, sent]));
    expect([await statusOf(mine), await statusOf(theirs), await statusOf(sent)]).toEqual([
      undefined,
      'CLAIMED',
      'SENT',
    ]);
  });

  it('expires a claim but keeps the row', async () => {
    const request = aRequest();
    const token = randomUUID();
    await claim(token, [request]);
    await run((store, tx) => store.expire(tx, token, [request]));
    expect(await statusOf(request)).toBe('CLAIMED');
    expect((await claim(randomUUID(), [request])).claimed.size).toBe(1);
  });

  it('lists by order and page by page', async () => {
    const requests = (['order-cancelled', 'order-confirmed', 'order-rejected'] as const).map((kind) =>
      aRequest({ kind, orderId: '00000000-0000-7000-8000-000000000001' }),
    );
    await claim(randomUUID(), requests);
    const orderId = requests[0]?.orderId;
    const first = await list({ orderId, limit: 2 });
    const rest = await list({ orderId, after: first.at(-1), limit: 2 });
    expect([...first, ...rest].map(({ kind }) => kind)).toEqual(requests.map(({ kind }) => kind));
    expect(await list({ after: first[0], limit: 1 })).toEqual([first[1]]);
  });
}
