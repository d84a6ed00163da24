import { kafkaDriver, type IncomingRecord } from '@sluice/kafka';
import { intakeTopic, ordersTopic } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { publishedEvents } from '@sluice/messaging/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aLine, anOrderBody } from './builders.ts';
import { nowhere, OrderService, type Answer } from './order-service.ts';

const brokers = process.env['KAFKA_BROKERS'] ?? '';
const driver = kafkaDriver({ brokers: brokers.split(','), clientId: 'log-spec' });
/** A join may take a rebalance. */
const patient = { timeoutMs: 25_000 };

let service: OrderService;

beforeAll(async () => {
  service = await OrderService.start({}, { KAFKA_BROKERS: brokers });
  // The topic is made after the start.
  await eventually(async () => expect((await log()).status).toBe(202), patient);
});

afterAll(() => service?.[Symbol.asyncDispose]());

let keys = 0;
const aKey = () => ({ 'idempotency-key': `log-key-${++keys}` });
const log = (body: object = anOrderBody(), headers: Record<string, string> = {}): Promise<Answer> =>
  service.post('/orders?flow=log', body, headers);
const idOf = ({ body }: Answer): string => String(body['id']);

function placed(id: string): Promise<Answer> {
  return eventually(async () => {
    const answer = await service.get(`/orders/${id}`);
    expect(answer.body['status']).toBe('PENDING');
    return answer;
  }, patient);
}

const taken = (outcome: string) => service.metric('sluice_log_taken_total', { outcome });
const accepted = () => service.metric('sluice_orders_accepted_total', { flow: 'log' });
/** There is no series before the first one. */
const retries = () => service.metric('sluice_consumer_retries_total', { topic: intakeTopic.name }).catch(() => 0);
/** Of this topic: other specs use the same broker, and their stock events are about orders that are unknown here. */
const deferred = async (): Promise<number> =>
  (await service.query('select 1 from deferred_events where topic = $1', [intakeTopic.name])).length;
const ordersOf = (customerId: string) => service.query('select id from orders where customer_id = $1', [customerId]);

/** Publishes a record as it is once more. */
async function redeliver(id: string): Promise<void> {
  const records: IncomingRecord[] = [];
  for await (const record of driver.read({ topic: intakeTopic.name, until: 'latest', fetchMaxWaitMs: 50 })) {
    if (record.key?.toString() === id) records.push(record);
  }
  const producer = await driver.producer();
  await producer.sendBatch(records).finally(() => producer.close());
}

/** Resolves when everything that is in the log now was taken from it. */
async function caughtUp(): Promise<void> {
  await eventually(async () => expect(await service.metric('sluice_log_lag_orders')).toBe(0), patient);
}

/** Lets the consumer wait, in its transaction, until the work is done. */
async function whileNothingIsPlaced(work: () => Promise<void>): Promise<void> {
  await service.query('begin');
  await service.query('lock table inbox in exclusive mode');
  await work().finally(() => service.query('rollback'));
}

describe('an order of flow=log', () => {
  it('is accepted, found at once, and placed as it was accepted', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const tracestate = 'congo=t61rcWkgMzE';
    const answer = await log(anOrderBody(), { traceparent: `00-${traceId}-b7ad6b7169203331-01`, tracestate });
    const id = idOf(answer);
    expect([answer.status, answer.headers.get('location')]).toEqual([202, `/orders/${id}`]);
    expect(answer.body).toMatchObject({ status: 'ACCEPTED', flow: 'log', version: 0, totalCents: 2_500 });
    expect((await service.get(`/orders/${id}`)).status).toBe(200);
    const { body } = await placed(id);
    const { createdAt } = answer.body;
    expect(body).toEqual({ ...answer.body, status: 'PENDING', version: 1, updatedAt: createdAt });
    const traceparent = expect.stringContaining(traceId) as string;
    await eventually(async () =>
      expect(await publishedEvents(driver, ordersTopic.name, [id])).toMatchObject([
        { type: 'order.placed', version: 1, traceparent, tracestate },
      ]),
    );
    const [row] = await service.query<{ ms: number }>(
      'select (extract(epoch from deadline_at - created_at) * 1000)::int as ms from orders where id = $1',
      [id],
    );
    expect(row?.ms).toBeCloseTo(900_000, -2);
  });

  it('is ACCEPTED while it waits in the log: nothing can be done with it yet', async () => {
    let id = '';
    let stream: Promise<string> | undefined;
    let acceptedAt: unknown;
    await whileNothingIsPlaced(async () => {
      const answer = await log();
      id = idOf(answer);
      acceptedAt = answer.body['createdAt'];
      expect((await service.get(`/orders/${id}`)).body).toMatchObject({ id, status: 'ACCEPTED', version: 0 });
      expect((await service.get(`/orders/${id}/history`)).body).toEqual({ events: [] });
      const waited = await service.get(`/orders/${id}`, { prefer: 'wait=0' });
      expect(waited.body['status']).toBe('ACCEPTED');
      const refused = await service.post(`/orders/${id}/cancel`);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([409, '1']);
      expect(refused.body).toMatchObject({ code: 'order-not-placed-yet', orderId: id });
      // What another process accepted can be in the log as well.
      const unknown = await service.get('/orders/01890a5d-ac96-774b-bcce-b302099a8057');
      expect([unknown.status, unknown.headers.get('retry-after')]).toEqual([404, '1']);
      stream = fetch(`${service.url}/orders/${id}/events`).then((response) => response.text());
      await eventually(() => expect(service.followers).toBe(1));
    });
    await placed(id);
    expect((await service.post(`/orders/${id}/cancel`)).body).toMatchObject({ status: 'CANCELLED', version: 2 });
    expect([...(await stream!).matchAll(/^event: (.*)$/gm)].map(([, name]) => name)).toEqual([
      'order.placed',
      'order.cancelled',
    ]);
    // However long it waited: its age counts from the answer of the log.
    await eventually(async () => expect(await service.query('select 1 from outbox')).toEqual([]));
    const data = { flow: 'log', acceptedAt };
    expect(await publishedEvents(driver, ordersTopic.name, [id])).toMatchObject([{ data }, { data }]);
  });

  it('that does not exist is a plain 404 once the log is drained', async () => {
    await caughtUp();
    const { status, headers } = await service.get('/orders/01890a5d-ac96-774b-bcce-b302099a8057');
    expect([status, headers.get('retry-after')]).toEqual([404, null]);
  });

  it('has one effect when its record comes again', async () => {
    const ids = [idOf(await log()), idOf(await log(anOrderBody(), aKey()))];
    for (const id of ids) await placed(id);
    await caughtUp();
    const counts = () => Promise.all([taken('repeated'), accepted(), retries()]);
    const before = await counts();
    for (const id of ids) await redeliver(id);
    await caughtUp();
    expect([await counts(), await deferred()]).toEqual([before, 0]);
    await eventually(async () => expect(await service.query('select 1 from outbox')).toEqual([]));
    expect(await publishedEvents(driver, ordersTopic.name, ids)).toHaveLength(2);
  });

  it('takes a thousand lines', async () => {
    const answer = await log(anOrderBody({ lines: Array.from({ length: 1000 }, () => aLine()) }));
    expect((await placed(idOf(answer))).body['lines']).toHaveLength(1000);
  });
});

describe('an Idempotency-Key of flow=log', () => {
  it('makes one order of 50 concurrent requests', async () => {
    const [body, key] = [anOrderBody({ customerId: 'fifty-log' }), aKey()];
    const answers = await Promise.all(Array.from({ length: 50 }, () => log(body, key)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const [id, ...others] = new Set(answers.map(idOf));
    expect(others).toEqual([]);
    await placed(id!);
    await caughtUp();
    expect(await ordersOf('fifty-log')).toEqual([{ id }]);
    expect(await deferred()).toBe(0);
  });

  it('gives what it gave first, whatever became of the order', async () => {
    const key = aKey();
    const first = await log(anOrderBody(), key);
    await placed(idOf(first));
    await service.applyOutcome(idOf(first));
    expect(await log(anOrderBody(), key)).toMatchObject({ status: 202, body: first.body });
  });

  it('is refused for another request that it remembers, and places none that it does not', async () => {
    const [customerId, key] = ['reuser', aKey()];
    const first = await log(anOrderBody({ customerId }), key);
    const other = anOrderBody({ customerId, currency: 'USD' });
    expect(await log(other, key)).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    await placed(idOf(first));
    await service.restart();
    const second = await log(other, key);
    expect([second.status, idOf(second)]).toEqual([202, idOf(first)]);
    await eventually(async () => expect(await taken('key-reused')).toBe(1), patient);
    expect((await service.get(`/orders/${idOf(first)}`)).body).toMatchObject({ currency: 'EUR' });
    expect(await ordersOf(customerId)).toHaveLength(1);
  });

  it('that stands for an order of another flow makes no second one', async () => {
    const [body, key] = [anOrderBody({ customerId: 'two-flows' }), aKey()];
    const first = await service.post('/orders?flow=async', body, key);
    const second = await log(body, key);
    expect([first.status, second.status]).toEqual([202, 202]);
    await eventually(async () => expect((await service.get(`/orders/${idOf(second)}`)).status).toBe(404), patient);
    expect(await ordersOf('two-flows')).toEqual([{ id: idOf(first) }]);
    await service.restart();
    for (const path of ['', '/history', '/events']) {
      const { status, headers, body: problem } = await service.get(`/orders/${idOf(second)}${path}`);
      expect([status, headers.get('retry-after')]).toEqual([404, null]);
      expect(problem).toMatchObject({ code: 'idempotency-key-reused', orderId: idOf(second), heldBy: idOf(first) });
    }
    const refused = await service.post(`/orders/${idOf(second)}/cancel`);
    expect(refused).toMatchObject({ status: 404, body: { heldBy: idOf(first) } });
    expect((await service.post('/orders?flow=async', body, key)).status).toBe(202);
  });

  it('stands for its order even when the key was forgotten', async () => {
    const [body, key] = [anOrderBody({ customerId: 'late' }), aKey()];
    const first = await log(body, key);
    await placed(idOf(first));
    await service.query('delete from idempotency_keys where key = $1', [key['idempotency-key']]);
    await service.restart();
    expect(idOf(await log(body, key))).toBe(idOf(first));
    await eventually(async () => expect(await service.metric('sluice_log_lag_orders')).toBe(0), patient);
    expect([await ordersOf('late'), await deferred()]).toEqual([[{ id: idOf(first) }], 0]);
  });
});

describe('flow=log while Kafka is unavailable', () => {
  it('accepts nothing, soon says so at once, and keeps the other flows open', async () => {
    const alone = await OrderService.start({}, { KAFKA_BROKERS: nowhere, LOG_TIMEOUT_MS: '500' });
    try {
      const refused = await alone.post('/orders?flow=log', anOrderBody());
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
      expect(refused.body['code']).toBe('log-unavailable');
      expect((await alone.post('/orders?flow=log', anOrderBody())).status).toBe(503);
      expect((await alone.post('/orders?flow=async', anOrderBody())).status).toBe(202);
      expect(await alone.count('orders')).toBe(1);
      expect(await alone.metric('sluice_requests_shed_total', { reason: 'log-unavailable' })).toBe(2);
      expect(await alone.metric('sluice_breaker_state', { target: 'log' })).toBe(2);
      await expect(alone.metric('sluice_log_lag_orders')).rejects.toThrow('no series');
    } finally {
      await alone[Symbol.asyncDispose]();
    }
  });
});
