import { randomUUID } from 'node:crypto';
import { intakeTopic } from '@sluice/contracts';
import { kafkaDriver } from '@sluice/kafka-clients';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { anOrder, Client, type Problem } from './support/client.ts';

const stack = inject('stack');
const client = new Client(stack);
const known = `bad-input-${randomUUID()}`;
const line = { sku: known, quantity: 1, unitPriceCents: 100 };
const lines = (...replaced: object[]) => anOrder(known, { lines: replaced.map((part) => ({ ...line, ...part })) });
const json = (order: unknown) => JSON.stringify(order);

/** [what, body, status, the field that the answer names] */
const refused: [what: string, body: unknown, status: number, names?: string][] = [
  ['no lines', lines(), 400, 'lines'],
  ['1,001 lines', lines(...Array.from({ length: 1001 }, () => ({}))), 400, 'lines'],
  ['quantity 0', lines({ quantity: 0 }), 400, 'quantity'],
  ['quantity -1', lines({ quantity: -1 }), 400, 'quantity'],
  ['quantity 1.5', lines({ quantity: 1.5 }), 400, 'quantity'],
  ['quantity 1e309', json(lines({ quantity: 7 })).replace('"quantity":7', '"quantity":1e309'), 400, 'quantity'],
  ['quantity "1"', lines({ quantity: '1' }), 400, 'quantity'],
  ['a negative price', lines({ unitPriceCents: -1 }), 400, 'unitPriceCents'],
  ['a fractional price', lines({ unitPriceCents: 0.5 }), 400, 'unitPriceCents'],
  ['a NUL in a string', anOrder(known, { customerId: 'a\0b' }), 400, 'customerId'],
  ['an unknown member', { ...anOrder(known), discount: 1 }, 400, 'discount'],
  ['no e-mail', { ...anOrder(known), email: undefined }, 400, 'email'],
  ['an e-mail that is none', anOrder(known, { email: 'nobody' }), 400, 'email'],
  ['an e-mail to a domain that can not be', anOrder(known, { email: 'a@example-.com' }), 400, 'email'],
  ['a currency that is none', anOrder(known, { currency: 'ZZZ' }), 400, 'currency'],
  ['bad JSON', '{"customerId":', 400],
  ['an empty body', '', 400],
  ['a list', [], 400],
  ['__proto__', json(anOrder(known)).replace('{', '{"__proto__":{"status":"CONFIRMED"},'), 400],
  ['bad UTF-8', Buffer.from(json(anOrder(known)).replace('EUR', '\u00ff\u00fe'), 'latin1'), 400],
  ['2 MB', anOrder(known, { customerId: 'x'.repeat(2_000_000) }), 413],
];

const pool = new pg.Pool({ connectionString: stack.databases.order, max: 1 });
const orders = async () => (await pool.query<{ n: string }>('select count(*) n from orders')).rows[0]?.n;
let before: string | undefined;
let loggedBefore: bigint;

/** Records that the log of flow=log has ever taken. */
async function logged(): Promise<bigint> {
  const admin = await kafkaDriver({ brokers: [stack.kafka.bootstrap], clientId: 'e2e' }).admin();
  const ends = await admin.endOffsets(intakeTopic.name).finally(() => admin.close());
  return [...ends.values()].reduce((sum, end) => sum + end, 0n);
}

beforeAll(async () => {
  await client.setStock(known, 1000);
  before = await orders();
  loggedBefore = await logged();
});

afterAll(() => pool.end());

function expectProblem(answer: { status: number; headers: Headers; body: Problem }, status: number, names = ''): void {
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({ status, type: expect.stringContaining('/problems/') as string });
  expect(JSON.stringify(answer.body)).toContain(names);
  expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*\.(js|ts):\d+/);
}

describe.each(['async', 'log', 'sync'])('POST /orders?flow=%s', (flow) => {
  it.each(refused)('refuses %s', async (_what, body, status, names) => {
    expectProblem(await client.place<Problem>(body, flow), status, names);
  });

  it('refuses another content type', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded'])
      expectProblem(await client.place<Problem>(json(anOrder(known)), flow, { 'content-type': type }), 415);
  });
});

describe('other requests', () => {
  it.each([
    ['an unknown flow', '?flow=teleport', 'POST', 400],
    ['a malformed id', '/not-an-id', 'GET', 400],
    ['an unknown id', `/${randomUUID()}`, 'GET', 404],
    ['an unknown id to cancel', `/${randomUUID()}/cancel`, 'POST', 404],
    ['limit 0', '?limit=0', 'GET', 400],
    ['limit 101', '?limit=101', 'GET', 400],
    ['limit ten', '?limit=ten', 'GET', 400],
    ['an unknown status', '?status=LOST', 'GET', 400],
    ['a made-up cursor', '?cursor=%00', 'GET', 400],
  ])('refuses %s', async (_what, path, method, status) => {
    const body = method === 'POST' && path.startsWith('?') ? json(anOrder(known)) : undefined;
    const headers = body ? { 'content-type': 'application/json' } : {};
    expectProblem(await client.order<Problem>(path, { method, body, headers }), status);
  });

  it('refuses to set stock without the token, or to nonsense', async () => {
    const url = `${stack.services.inventory.url}/stock/${known}`;
    const put = (body: unknown, token: string) =>
      client.call<Problem>(url, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: json(body),
      });
    expectProblem(await put({ available: 1 }, 'guessed'), 401);
    expectProblem(await put({ available: -1 }, stack.adminToken), 400, 'available');
    expectProblem(await put({ available: 0.5 }, stack.adminToken), 400, 'available');
  });
});

describe('afterwards', () => {
  it('nothing was written, and nothing is in the log', async () => {
    expect(await logged()).toBe(loggedBefore);
    expect(await orders()).toBe(before);
    expect(await client.stock(known)).toMatchObject({ available: 1000, reserved: 0 });
  });
});
