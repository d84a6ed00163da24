import { messageIdOf } from '@sluice/contracts';
import { AppError } from '@sluice/core';
import { describe, expect, it } from 'vitest';
import { aRequest } from '../../test/builders.ts';
import { FakeMailer } from '../../test/fake-mailer.ts';
import { MemoryNotificationStore, MemoryTransactions } from '../../test/memory-notification.store.ts';
import { ClaimedElsewhere, ClaimLost, MailDeferred, MailRefused, ProviderUnavailable } from '../domain/errors.ts';
import type { Mail } from '../domain/mail.ts';
import type { NotificationRequest } from '../domain/notification.ts';
import { DeliverMails, type Claimed, type LeaseConfig, type Performed } from './deliver-mails.ts';
import { MailQueue } from './mail-queue.ts';
import type { NotificationStore } from './ports.ts';
import { SendNotifications } from './send-notifications.ts';

const transactions = new MemoryTransactions();
const times = <T>(n: number, make: () => T): T[] => Array.from({ length: n }, make);
const idsOf = (requests: NotificationRequest[]) => requests.map(({ orderId, kind }) => messageIdOf(orderId, kind));

function anInstance(
  store: NotificationStore = new MemoryNotificationStore(),
  { attempt, leaseMs = 60_000, ...more }: Partial<LeaseConfig> & { attempt?: (mail: Mail) => Promise<void> } = {},
) {
  const mailer = new FakeMailer(attempt);
  const stopping = new AbortController();
  const queue = new MailQueue(mailer, 2);
  const options = { leaseMs, stopping: stopping.signal, ...more };
  const deliverMails = new DeliverMails(store, queue, transactions, options);
  const useCase = new SendNotifications(store, deliverMails, transactions, options);
  const claim = (requests: NotificationRequest[]) => transactions.run((tx) => useCase.claim(tx, requests));
  const perform = (claimed: Claimed, lane: 'http' | 'kafka' = 'kafka') => useCase.perform(claimed, { lane });
  const complete = (performed: Performed) => transactions.run((tx) => useCase.complete(tx, [performed]));
  const claimEach = (requests: NotificationRequest[]) => transactions.run((tx) => useCase.claimEach(tx, requests));
  return { store, mailer, stopping, claim, claimEach, perform, complete };
}

describe('SendNotifications', () => {
  it('sends one mail for a notification that was asked for twice, and none when it is repeated', async () => {
    const { mailer, claim, perform, complete } = anInstance();
    const request = aRequest();
    const performed = await perform(await claim([request, request]));
    expect(performed).not.toHaveProperty('failure');
    expect(await complete(performed)).toMatchObject([{ orderId: request.orderId, version: 1 }]);
    expect(await complete(await perform(await claim([request])))).toEqual([]);
    expect(mailer.messageIds).toEqual(idsOf([request]));
  });

  it('lets only one of two instances send', async () => {
    const one = anInstance();
    const two = anInstance(one.store);
    const requests = times(5, aRequest);
    const [mine, theirs] = [await one.claim(requests), await two.claim(requests)];
    expect((await two.perform(theirs)).failure).toBeInstanceOf(ClaimedElsewhere);
    await one.complete(await one.perform(mine));
    expect([one.mailer.sent.length, two.mailer.sent.length]).toEqual([5, 0]);
    expect((await two.perform(await two.claim(requests))).failure).toBeUndefined();
  });

  it('gives every caller its own part of a claim, but only one of those that ask for the same', async () => {
    const { store, claim, claimEach, perform, complete } = anInstance();
    const [elsewhere, wanted, other] = times(3, aRequest);
    await claim([elsewhere!]);
    const claims = await claimEach([wanted!, { ...wanted! }, other!, elsewhere!]);
    expect(claims.map(({ requests }) => requests)).toEqual([[wanted], [], [other], []]);
    expect(claims.map(({ known }) => known.map(({ status }) => status))).toEqual([[], ['CLAIMED'], [], ['CLAIMED']]);
    const { token } = claims[2]!;
    await complete({ token, delivered: [], undelivered: [{ request: other!, error: new MailRefused('550') }] });
    expect((await store.list({ limit: 10 })).map(({ orderId }) => orderId)).not.toContain(other!.orderId);
    await complete(await perform(claims[0]!));
    expect(await claimEach([wanted!])).toMatchObject([{ requests: [], known: [{ status: 'SENT' }] }]);
  });

  it('repeats a mail under the same id when an instance died between sending and completing', async () => {
    const dead = anInstance(undefined, { leaseMs: 0.01 });
    const request = aRequest();
    // The lease is over at once for the store; the process itself is quick enough to begin.
    const claimed = await dead.claim([request]);
    await dead.perform({ ...claimed, claimedAtMs: performance.now() + 1_000 });
    const next = anInstance(dead.store);
    const completed = await next.complete(await next.perform(await next.claim([request])));
    expect([...dead.mailer.messageIds, ...next.mailer.messageIds]).toEqual(idsOf([request, request]));
    expect(completed).toHaveLength(1);
    expect(await next.store.list({ orderId: request.orderId, limit: 10 })).toHaveLength(1);
  });

  it('sends no second mail when completing failed and is tried again by the same process', async () => {
    const { mailer, claim, perform, complete } = anInstance(undefined, { leaseMs: 0.01 });
    const request = aRequest();
    await perform({ ...(await claim([request])), claimedAtMs: performance.now() + 1_000 });
    const again = await perform({ ...(await claim([request])), claimedAtMs: performance.now() + 1_000 });
    expect(await complete(again)).toHaveLength(1);
    expect(mailer.sent).toHaveLength(1);
  });

  it('begins no mail when the claim ran out meanwhile', async () => {
    const { mailer, claim, perform } = anInstance(undefined, { leaseMs: 1_000 });
    const claimed = await claim(times(3, aRequest));
    const { undelivered, failure } = await perform({ ...claimed, claimedAtMs: performance.now() - 1_000 });
    expect(failure).toBeInstanceOf(ClaimLost);
    expect(undelivered).toHaveLength(3);
    expect(mailer.sent).toEqual([]);
  });

  it('begins no more mails once the provider is unavailable, and gives the claims back', async () => {
    let attempts = 0;
    const attempt = async (): Promise<void> => {
      attempts += 1;
      throw new ProviderUnavailable('refused', false);
    };
    const { store, claim, perform, complete } = anInstance(undefined, { attempt });
    const requests = times(50, aRequest);
    const performed = await perform(await claim(requests));
    expect(performed.failure).toMatchObject({ kind: 'unavailable' });
    // Those that were under way when it was noticed, and those that took their places in the same turn.
    expect(attempts).toBeLessThanOrEqual(4);
    await complete(performed);
    expect(await store.list({ limit: 100 })).toEqual([]);
  });

  it('gives back the claims of mails that were not begun when the outcome of another is unknown', async () => {
    const attempt = async (): Promise<void> => {
      throw new ProviderUnavailable('connection closed', true);
    };
    const { store, claim, perform, complete } = anInstance(undefined, { attempt });
    await complete(await perform(await claim(times(50, aRequest))));
    expect((await store.list({ limit: 100 })).length).toBeLessThanOrEqual(4);
  });

  it('keeps the claim of a mail that may have been taken, for whoever takes it up', async () => {
    let broken = true;
    const attempt = async (): Promise<void> => {
      if (broken) throw new ProviderUnavailable('connection closed', true);
    };
    const { store, mailer, claim, perform, complete } = anInstance(undefined, { attempt });
    const request = aRequest();
    await complete(await perform(await claim([request])));
    expect(await store.list({ limit: 10 })).toMatchObject([{ status: 'CLAIMED' }]);
    broken = false;
    await complete(await perform(await claim([request])));
    expect(mailer.sent).toHaveLength(1);
  });

  it('completes the good ones of a batch; what one mail is refused or deferred for stands in the way of none', async () => {
    const [good, bad, late] = [aRequest(), aRequest({ email: 'bad@x.test' }), aRequest({ email: 'late@x.test' })];
    let greylisted = true;
    const attempt = async ({ to }: Mail): Promise<void> => {
      if (to === bad.email) throw new MailRefused('550 no such user');
      if (to === late.email && greylisted) throw new MailDeferred('450 try again');
    };
    const { store, mailer, claim, perform, complete } = anInstance(undefined, { attempt });
    const first = await perform(await claim([bad, good, late]));
    expect(first).not.toHaveProperty('failure');
    const errors = first.undelivered.map(({ request, error }) => [request, (error as Error).constructor]);
    expect(errors).toEqual([
      [bad, MailRefused],
      [late, MailDeferred],
    ]);
    expect(await complete(first)).toMatchObject([{ orderId: good.orderId }]);
    expect((await store.list({ limit: 10 })).map(({ orderId }) => orderId)).toEqual([good.orderId]);

    greylisted = false;
    expect(await complete(await perform(await claim([late])))).toMatchObject([{ orderId: late.orderId }]);
    expect(mailer.sent).toHaveLength(2);
  });

  it('begins no later mail of an order while an earlier one is deferred', async () => {
    const confirmed = aRequest({ kind: 'order-confirmed' });
    const cancelled = aRequest({ orderId: confirmed.orderId, kind: 'order-cancelled' });
    const other = aRequest();
    const attempted: string[] = [];
    const attempt = async ({ messageId }: Mail): Promise<void> => {
      attempted.push(messageId);
      if (messageId === idsOf([confirmed])[0]) throw new MailDeferred('450 try again');
    };
    const { mailer, claim, perform } = anInstance(undefined, { attempt });
    const { undelivered } = await perform(await claim([confirmed, cancelled, other]));
    expect(undelivered.map(({ request }) => request)).toEqual([confirmed, cancelled]);
    expect(attempted).not.toContain(idsOf([cancelled])[0]);
    expect(mailer.messageIds).toEqual(idsOf([other]));
  });

  it("begins no more of the backlog's mails when the process is about to end, but serves who waits", async () => {
    const { stopping, mailer, claim, perform } = anInstance();
    stopping.abort();
    const { failure } = await perform(await claim([aRequest()]), 'kafka');
    expect(failure).toBeInstanceOf(AppError);
    expect(await perform(await claim([aRequest()]), 'http')).not.toHaveProperty('failure');
    expect(mailer.sent).toHaveLength(1);
  });

  it('begins no mail either that a caller waits for, once it would not end in time', async () => {
    const { stopping, mailer, claim, perform } = anInstance(undefined, { beginsAfterStopMs: -1 });
    expect(await perform(await claim([aRequest()]), 'http')).not.toHaveProperty('failure');
    stopping.abort();
    const { failure } = await perform(await claim([aRequest()]), 'http');
    expect(failure).toMatchObject({ kind: 'unavailable', code: 'shutting-down' });
    expect(mailer.sent).toHaveLength(1);
  });
});
