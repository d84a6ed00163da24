import { randomUUID } from 'node:crypto';
import { KAFKA_DRIVER } from '@sluice/messaging';
import { type KafkaDriver } from '@sluice/kafka';
import { deadLetterTopic } from '@sluice/messaging/contract';
import { messageIdOf } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { readTopic } from '@sluice/kafka/testing';
import { DataSource } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { cancelled, confirmed, NotificationHarness, placed, rejected } from './notification-harness.ts';
import type { ProviderOptions } from './smtp-provider.ts';

async function started(options: ProviderOptions = {}, env: Record<string, string> = {}): Promise<NotificationHarness> {
  const harness = await NotificationHarness.open(options);
  await harness.skipHistory();
  await harness.start(env);
  await eventually(async () => expect((await harness.call('GET', '/readyz')).status).toBe(200));
  return harness;
}

/** Keys of the dead letters of this harness's group. */
async function deadLetters(harness: NotificationHarness): Promise<(string | undefined)[]> {
  const driver = harness.service.app.get<KafkaDriver>(KAFKA_DRIVER);
  const letters = await readTopic(driver, deadLetterTopic('orders.v1', harness.group));
  return letters.map(({ key }) => key?.toString());
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const allSent = (count: number, status = 'SENT') => times(count, () => ({ status }));

describe('notification, by Kafka', () => {
  it('mails once for each outcome, publishes it, and ignores orders that are only placed', async () => {
    await using harness = await started();
    const [a, b] = [randomUUID(), randomUUID()];
    const acceptance = { flow: 'sync', acceptedAt: new Date(Date.now() - 60_000).toISOString() } as const;
    await harness.publish([placed(a), confirmed(a, undefined, acceptance), cancelled(a), placed(b), rejected(b)]);
    await eventually(async () => expect(await harness.published([a, b])).toHaveLength(3));

    const byOrder = await harness.published([a]);
    expect(byOrder.map(({ version, type }) => [version, type])).toEqual([
      [1, 'notification.sent'],
      [2, 'notification.sent'],
    ]);
    expect(byOrder.map(({ data }) => (data as { kind: string }).kind).sort()).toEqual([
      'order-cancelled',
      'order-confirmed',
    ]);
    expect(
      harness.provider
        .to(`${a}@x.test`)
        .map(({ messageId }) => messageId)
        .sort(),
    ).toEqual([messageIdOf(a, 'order-cancelled'), messageIdOf(a, 'order-confirmed')]);
    expect(harness.provider.to(`${b}@x.test`)).toHaveLength(1);
    // One order with two mails, and one of an event from before events had a flow. Other specs' orders are mailed as well, but
    // none of them is confirmed with flow=sync, or as old.
    const completed = (flow: string, kind: string) => harness.metric('sluice_orders_completed_total', { flow, kind });
    expect(await completed('sync', 'order-confirmed')).toBe(1);
    expect(await completed('unknown', 'order-cancelled')).toBe(0);
    expect(await completed('unknown', 'order-rejected')).toBe(1);
    const within = (le: string) => harness.metric('sluice_order_completion_seconds_bucket', { le, flow: 'sync' });
    expect((await within('+Inf')) - (await within('30'))).toBe(1);

    const listed = await harness.call('GET', `/notifications?orderId=${b}`);
    expect(listed.body).toEqual({
      items: [{ orderId: b, kind: 'order-rejected', status: 'SENT', sentAt: expect.stringMatching(/Z$/) as string }],
    });
  });

  it('mails nothing with SMTP_URL=record:, and keeps the same record', async () => {
    await using harness = await started({}, { SMTP_URL: 'record:' });
    const event = confirmed();
    await harness.publish([event]);
    await eventually(async () => expect(await harness.rows([event.key])).toMatchObject(allSent(1)));
    expect(await harness.published([event.key])).toMatchObject([{ version: 1, type: 'notification.sent' }]);
    expect(harness.provider.mails).toEqual([]);
    expect((await harness.call('GET', '/readyz')).body).toMatchObject({ checks: { smtp: 'up' } });
  });

  it('keeps a backlog while the provider is unavailable, dead-letters nothing, and drains it after', async () => {
    await using harness = await started({}, { CLAIM_LEASE_MS: '500' });
    const { port } = harness.provider;
    await harness.interrupt();
    const events = times(60, () => confirmed());
    const orderIds = events.map(({ key }) => key);
    await harness.publish(events);
    await eventually(async () =>
      expect((await harness.call('GET', '/readyz')).body).toMatchObject({ checks: { smtp: 'degraded' } }),
    );
    expect(await harness.rows(orderIds)).not.toContainEqual(expect.objectContaining({ status: 'SENT' }));

    await harness.resume(port);
    await eventually(async () => expect(await harness.rows(orderIds)).toMatchObject(allSent(60)), {
      timeoutMs: 30_000,
    });
    expect(await harness.published(orderIds)).toHaveLength(60);
    expect(
      harness.provider.mails.filter(({ messageId }) => orderIds.some((id) => messageId.includes(id))),
    ).toHaveLength(60);
    expect(await deadLetters(harness)).toEqual([]);
  });

  it('defers the mails that are refused for now, and their orders; all others leave, and then they do', async () => {
    let greylisted = true;
    const refuse = (to: string) => (greylisted && to.startsWith('grey') ? 450 : undefined);
    await using harness = await started({ refuse }, { MAIL_RETRY_FOR_MS: '40000' });
    const grey = times(10, (i) => confirmed(randomUUID(), `grey-${i}@x.test`));
    // To another address: only its place keeps it.
    const later = cancelled(grey[0]!.key);
    const good = times(30, () => confirmed());
    await harness.publish([...grey, later, ...good]);
    await eventually(async () => expect(await harness.rows(good.map(({ key }) => key))).toMatchObject(allSent(30)));
    await eventually(async () => {
      const lines = (await harness.scrape()).join('\n');
      expect(lines).toMatch(/^sluice_deferred_events\{group="[^"]+",topic="orders.v1",.*\} 11$/m);
      expect(lines).toMatch(/^sluice_deferred_oldest_seconds\{group="[^"]+",topic="orders.v1",.*\} [\d.]+$/m);
    });
    await eventually(async () => expect(await harness.lag()).toBe(0n));
    await eventually(() =>
      expect(harness.provider.recipients.filter((to) => to === 'grey-0@x.test').length).toBeGreaterThan(2),
    );
    expect(harness.provider.to(`${later.key}@x.test`)).toEqual([]);

    greylisted = false;
    const orderIds = grey.map(({ key }) => key);
    await eventually(async () => expect(await harness.rows(orderIds)).toMatchObject(allSent(11)), {
      timeoutMs: 20_000,
    });
    expect((await harness.published([later.key])).map(({ version, data }) => [version, data])).toMatchObject([
      [1, { kind: 'order-confirmed' }],
      [2, { kind: 'order-cancelled' }],
    ]);
    for (const { data } of grey) expect(harness.provider.to(data.email)).toHaveLength(1);
    expect(await harness.query('select from deferred_events')).toEqual([]);
    expect(await deadLetters(harness)).toEqual([]);
  });

  it('dead-letters a mail that is refused for now for too long, and lets the next of its order go', async () => {
    const refuse = (to: string) => (to === 'grey@x.test' ? 450 : undefined);
    await using harness = await started({ refuse }, { MAIL_RETRY_FOR_MS: '1000' });
    const first = confirmed(randomUUID(), 'grey@x.test');
    await harness.publish([first, cancelled(first.key)]);
    await eventually(async () => expect(await deadLetters(harness)).toEqual([first.key]));
    await eventually(async () => expect(await harness.rows([first.key])).toMatchObject(allSent(1)));
    expect(harness.provider.to(`${first.key}@x.test`)).toHaveLength(1);
    expect(harness.provider.recipients.filter((to) => to === 'grey@x.test').length).toBeGreaterThan(2);
  });

  it('shows a refused address to the provider once, and dead-letters only its event', async () => {
    await using harness = await started({ refuse: (to) => (to === 'bad@x.test' ? 550 : undefined) });
    const good = times(30, () => confirmed());
    const bad = confirmed(randomUUID(), 'bad@x.test');
    await harness.publish([...good.slice(0, 15), bad, ...good.slice(15)]);
    const orderIds = good.map(({ key }) => key);
    await eventually(async () => expect(await harness.rows(orderIds)).toMatchObject(allSent(30)));
    await eventually(async () => expect(await deadLetters(harness)).toEqual([bad.key]));
    expect(await harness.rows([bad.key])).toEqual([]);
    for (const id of orderIds) expect(harness.provider.to(`${id}@x.test`)).toHaveLength(1);
    expect(harness.provider.recipients.filter((to) => to === 'bad@x.test')).toHaveLength(1);
  });

  it('has no more mails in progress than it may, from all sides at once, and loses and doubles none', async () => {
    await using harness = await started({ slots: 5, latencyMs: 10 }, { MAIL_CONCURRENCY: '5' });
    const events = times(200, () => confirmed());
    await harness.publish(events);
    const body = { kind: 'order-confirmed', customerId: 'c', totalCents: 1, currency: 'EUR' };
    const answers = times(40, () => {
      const orderId = randomUUID();
      return harness.call('POST', '/notifications', { ...body, orderId, email: `${orderId}@x.test` });
    });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(times(40, () => 201));
    const orderIds = events.map(({ key }) => key);
    await eventually(async () => expect(await harness.rows(orderIds)).toMatchObject(allSent(200)));
    expect(harness.provider).toMatchObject({ refusals: 0, maxConcurrency: 5 });
    const ids = harness.provider.mails.map(({ messageId }) => messageId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('finds how many mails the provider takes and follows it; a refusal is no outage, and costs no mail', async () => {
    await using harness = await started({ slots: 5, latencyMs: 20 });
    const events = times(400, () => confirmed());
    const orderIds = events.map(({ key }) => key);
    await harness.publish(events);
    const { provider } = harness;
    await eventually(() => expect(provider.mails.length).toBeGreaterThan(100));
    expect(provider.maxConcurrency).toBe(5);
    provider.options = { latencyMs: 20 };
    await eventually(() => expect(provider.maxConcurrency).toBeGreaterThan(5));

    await eventually(async () => expect(await harness.rows(orderIds)).toMatchObject(allSent(400)), {
      timeoutMs: 40_000,
    });
    expect(provider.refusals).toBeGreaterThan(0);
    const ids = provider.mails.map(({ messageId }) => messageId);
    expect(ids.length - new Set(ids).size).toBe(0);
    const metrics = await harness.scrape();
    expect(Number(metrics.find((line) => line.startsWith('sluice_mail_limit'))?.split(' ')[1])).toBeGreaterThan(5);
    expect(metrics.filter((line) => /^sluice_consumer_retries_total.*[1-9]\d*$/.test(line))).toEqual([]);
  });

  it('waits at its end for mails that take long, also of callers who have given up, and repeats none', async () => {
    const env = { MAIL_TIMEOUT_MS: '8000', SHUTDOWN_TIMEOUT_MS: '9000' };
    await using harness = await started({ latencyMs: 5_300 }, env);
    const events = times(3, () => confirmed());
    await harness.publish(events);
    await eventually(() => expect(harness.provider.inProgress).toBeGreaterThan(0));
    const [orderId, email] = [randomUUID(), 'impatient@x.test'];
    const body = { orderId, email, kind: 'order-confirmed', customerId: 'c', totalCents: 1, currency: 'EUR' };
    const deadline = { 'x-deadline-ms': String(Date.now() + 3_000) };
    expect((await harness.call('POST', '/notifications', body, deadline)).status).toBe(504);
    expect(await harness.service.stop()).toBe(true);
    const next = await harness.start(env);
    const rows = 'select status, attempts from notifications where order_id = any($1)';
    const orderIds = [...events.map(({ key }) => key), orderId];
    const found = () => next.app.get(DataSource).query<unknown[]>(rows, [orderIds]);
    // What had not begun by then is sent by the next one.
    await eventually(async () => expect(await found()).toEqual(times(4, () => ({ status: 'SENT', attempts: 1 }))));
    const addresses = [...events.map(({ data }) => data.email), email];
    expect(addresses.map((to) => harness.provider.to(to).length)).toEqual(times(4, () => 1));
  });

  it('finishes on SIGTERM what it has begun, and another instance goes on without sending anything twice', async () => {
    await using harness = await started({ slots: 10, latencyMs: 20 }, { MAIL_CONCURRENCY: '5' });
    const events = times(300, () => confirmed());
    const orderIds = events.map(({ key }) => key);
    await harness.publish(events);
    await eventually(() => expect(harness.provider.mails.length).toBeGreaterThan(50));
    const next = await harness.start({ MAIL_CONCURRENCY: '5' });
    expect(await harness.service.stop()).toBe(true);

    const sentBy = async () => {
      const rows = `select count(*)::int as sent from notifications where status = 'SENT' and order_id = any($1)`;
      return next.app.get(DataSource).query<{ sent: number }[]>(rows, [orderIds]);
    };
    await eventually(async () => expect(await sentBy()).toEqual([{ sent: 300 }]), { timeoutMs: 40_000 });
    const ids = harness.provider.mails.map(({ messageId }) => messageId);
    expect(ids.length - new Set(ids).size).toBe(0);
    expect(harness.provider.refusals).toBe(0);
  });
});
