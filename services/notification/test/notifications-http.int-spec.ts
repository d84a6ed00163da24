import { randomUUID } from 'node:crypto';
import { eventually } from '@sluice/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { callInstance, NotificationHarness, type Answer } from './notification-harness.ts';

/** HTTP works without Kafka, and no mail comes from elsewhere then. */
const env = {
  ...{ KAFKA_BROKERS: '127.0.0.1:1', MAIL_CONCURRENCY: '2', NOTIFY_QUEUE: '20' },
  ...{ MAIL_TIMEOUT_MS: '30000', SHUTDOWN_TIMEOUT_MS: '31000', STOP_GRACE_MS: '31000' },
};

let harness: NotificationHarness;

beforeAll(async () => {
  harness = await NotificationHarness.open();
  await harness.start(env);
});

afterAll(async () => {
  await harness?.[Symbol.asyncDispose]();
});

beforeEach(() => {
  harness.provider.options = {};
});

function aBody(overrides: Record<string, unknown> = {}) {
  const orderId = randomUUID();
  const email = `${orderId}@x.test`;
  return {
    orderId,
    kind: 'order-confirmed',
    email,
    customerId: 'c-1',
    totalCents: 1234,
    currency: 'EUR',
    ...overrides,
  };
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));
const inMs = (ms: number) => ({ 'x-deadline-ms': String(Date.now() + ms) });
const notify = (body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  harness.call('POST', '/notifications', body, headers);
const list = (query: string): Promise<Answer> => harness.call('GET', `/notifications?${query}`);
const rowsOf = (...bodies: { orderId: string }[]) => harness.rows(bodies.map(({ orderId }) => orderId));

describe('notification, by HTTP', () => {
  it('mails, answers 201, and the same again for a repetition, with one mail and no event', async () => {
    const body = aBody();
    const first = await notify(body);
    expect(first).toMatchObject({
      status: 201,
      body: { orderId: body.orderId, kind: 'order-confirmed', status: 'SENT', sentAt: expect.any(String) as string },
    });
    expect((await notify(body)).body).toEqual(first.body);
    expect(harness.provider.to(body.email)).toHaveLength(1);
    expect(await harness.query('select from outbox where key = $1', [body.orderId])).toEqual([]);
    expect((await list(`orderId=${body.orderId}`)).body).toEqual({ items: [first.body] });
  });

  it('sends one mail for duplicates that come at once, also to two instances', async () => {
    const second = await harness.start(env);
    harness.provider.options = { latencyMs: 100 };
    const body = aBody();
    const answers = await Promise.all(
      times(20, (i) => (i % 2 ? notify(body) : callInstance(second, 'POST', '/notifications', body))),
    );
    expect(answers.map(({ status }) => status)).toEqual(times(20, () => 201));
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect(harness.provider.to(body.email)).toHaveLength(1);
  });

  it('refuses with 503 and Retry-After when its queue is full, and writes nothing', async () => {
    const gate = Promise.withResolvers<void>();
    harness.provider.options = { gate: gate.promise };
    const bodies = times(26, () => aBody());
    const accepted = bodies.slice(0, 20).map((body) => notify(body));
    await eventually(async () => expect(await rowsOf(...bodies)).toHaveLength(20));
    expect(await harness.metric('sluice_mails_in_progress')).toBe(2);
    expect(await harness.metric('sluice_mail_queue_depth', { lane: 'http' })).toBe(18);
    const refused = await Promise.all(bodies.slice(20).map((body) => notify(body)));
    gate.resolve();
    expect(refused.map(({ status }) => status)).toEqual(times(6, () => 503));
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(refused[0]?.body).toMatchObject({ code: 'overloaded' });
    expect(await harness.metric('sluice_requests_shed_total', { reason: 'overloaded' })).toBe(6);
    expect((await Promise.all(accepted)).map(({ status }) => status)).toEqual(times(20, () => 201));
    expect(await rowsOf(...bodies)).toHaveLength(20);
  });

  it('answers 504 when the deadline has passed, and does no work', async () => {
    const body = aBody();
    expect(await notify(body, inMs(-1))).toMatchObject({ status: 504 });
    expect(await rowsOf(body)).toEqual([]);
    expect((await notify(body, { 'x-deadline-ms': 'soon' })).status).toBe(400);
  });

  it('answers 504 in time for a mail that waits too long, and never sends it', async () => {
    const gate = Promise.withResolvers<void>();
    harness.provider.options = { gate: gate.promise };
    const before = harness.provider.mails.length;
    const busy = times(2, () => notify(aBody()));
    await eventually(() => expect(harness.provider.inProgress).toBe(2));
    const late = aBody();
    expect(await notify(late, inMs(200))).toMatchObject({
      status: 504,
      body: { code: 'deadline-passed', orderId: late.orderId },
    });
    expect(harness.provider.mails.length).toBe(before);
    gate.resolve();
    expect((await Promise.all(busy)).map(({ status }) => status)).toEqual([201, 201]);
    await eventually(async () => expect(await rowsOf(late)).toEqual([]));
    expect(harness.provider.to(late.email)).toEqual([]);
  });

  it('answers 504 while the mail is on its way and notes it when it has arrived', async () => {
    const gate = Promise.withResolvers<void>();
    harness.provider.options = { gate: gate.promise };
    const body = aBody();
    const answer = notify(body, inMs(1_500));
    await eventually(() => expect(harness.provider.inProgress).toBe(1));
    expect((await answer).status).toBe(504);
    gate.resolve();
    await eventually(async () => expect(await rowsOf(body)).toMatchObject([{ status: 'SENT' }]));
    expect((await notify(body)).status).toBe(201);
    expect(harness.provider.to(body.email)).toHaveLength(1);
  });

  it('answers 504 when the mail may have been taken, and takes it up again on request', async () => {
    const impatient = await harness.start({ ...env, MAIL_TIMEOUT_MS: '1000' });
    const ask = () => callInstance(impatient, 'POST', '/notifications', body);
    harness.provider.options = { keepSilent: () => true };
    const body = aBody();
    const first = await ask();
    expect(first).toMatchObject({ status: 504, body: { code: 'outcome-unknown', orderId: body.orderId } });
    expect(await rowsOf(body)).toMatchObject([{ status: 'CLAIMED', attempts: 1 }]);
    harness.provider.options = {};
    expect((await ask()).status).toBe(201);
    expect(await rowsOf(body)).toMatchObject([{ status: 'SENT', attempts: 2 }]);
    expect(new Set(harness.provider.to(body.email).map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('answers 503 for an address that is refused for now, says when to ask again, and leaves nothing behind', async () => {
    harness.provider.options = { refuse: (to) => (to === 'grey@x.test' ? 450 : undefined) };
    const body = aBody({ email: 'grey@x.test' });
    const answer = await notify(body);
    expect(answer).toMatchObject({ status: 503, body: { code: 'mail-deferred' } });
    expect(answer.headers.get('retry-after')).toBe('60');
    expect(await rowsOf(body)).toEqual([]);
    expect(harness.provider.recipients.filter((to) => to === 'grey@x.test')).toHaveLength(1);
    // It says nothing about the provider.
    expect((await harness.call('GET', '/readyz')).body).toMatchObject({ checks: { smtp: 'up' } });
    harness.provider.options = {};
    expect((await notify(body)).status).toBe(201);
  });

  it('answers 422 for a refused address, 503 while the provider is unavailable, and leaves nothing behind', async () => {
    harness.provider.options = { refuse: (to) => (to === 'bad@x.test' ? 550 : undefined) };
    const bad = aBody({ email: 'bad@x.test' });
    expect(await notify(bad)).toMatchObject({ status: 422, body: { code: 'mail-refused' } });
    const { port } = harness.provider;
    await harness.interrupt();
    const body = aBody();
    const answer = await notify(body);
    expect(answer).toMatchObject({ status: 503, body: { code: 'mail-provider-unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(await rowsOf(body, bad)).toEqual([]);
    await harness.resume(port);
    await eventually(async () => expect((await notify(body)).status).toBe(201));
  });

  it.each([
    [{ orderId: 'x' }, 'orderId'],
    [{ kind: 'order-lost' }, 'kind'],
    [{ email: 'nobody' }, 'email'],
    [{ email: 'a@example-.com' }, 'email'],
    [{ email: `${'a'.repeat(65)}@example.com` }, 'email'],
    [{ currency: 'EURO' }, 'currency'],
    [{ currency: 'ZZZ' }, 'currency'],
    [{ totalCents: -1 }, 'totalCents'],
    [{ currency: 'E\u0000' }, 'currency'],
    [{ flow: 'fast' }, 'flow'],
    [{ acceptedAt: 'yesterday' }, 'acceptedAt'],
  ])('refuses %j and names the field', async (overrides, path) => {
    expect(await notify(aBody(overrides))).toMatchObject({ status: 400, body: { errors: [{ path }] } });
  });

  it('counts an order as completed once, with its flow and its time when the caller gives them', async () => {
    const count = (flow: string) => harness.metric('sluice_orders_completed_total', { flow, kind: 'order-confirmed' });
    const before = [await count('sync'), await count('unknown')];
    const body = aBody({ flow: 'sync', acceptedAt: new Date().toISOString() });
    await Promise.all([notify(body), notify(body)]);
    expect((await notify(body)).status).toBe(201);
    expect((await notify(aBody())).status).toBe(201);
    expect([await count('sync'), await count('unknown')]).toEqual(before.map((one) => one + 1));
    expect(await harness.metric('sluice_order_completion_seconds_count', { flow: 'sync' })).toBe(1);
  });

  it('lists page by page', async () => {
    const bodies = times(5, () => aBody());
    await Promise.all(bodies.map((body) => notify(body)));
    const ids: string[] = [];
    let cursor: string | undefined;
    do {
      const { body } = await list(`limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`);
      const page = body as { items: { orderId: string }[]; nextCursor?: string };
      ids.push(...page.items.map(({ orderId }) => orderId));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(bodies.map(({ orderId }) => orderId)));
    for (const query of ['orderId=x', 'limit=101', 'limit=0', 'cursor=abc']) {
      expect((await list(query)).status).toBe(400);
    }
  });
});
