import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { limitRate } from './http-rate-limit.ts';

let app: FastifyInstance;
let shed: number;

beforeEach(() => {
  app = fastify();
  shed = 0;
  const problem = { code: 'too-many-orders', detail: 'Too many.' };
  limitRate(app, { method: 'POST', route: '/orders', maxPerSecond: 10, ...problem, onShed: () => (shed += 1) });
  app.post('/orders', () => 'placed').get('/orders', () => 'listed');
});

afterEach(() => app.close());

it('reports each request that it sheds, and sheds nothing else', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await app.inject({ method: 'POST', url: '/orders' })).statusCode);
  for (let i = 0; i < 5; i += 1) expect((await app.inject('/orders')).statusCode).toBe(200);
  expect(shed).toBe(statuses.filter((status) => status === 429).length);
  expect(shed).toBeGreaterThan(0);
});

it('says when to come again, in a problem document', async () => {
  const answers = [];
  for (let i = 0; i < 3; i += 1) answers.push(await app.inject({ method: 'POST', url: '/orders' }));
  const { headers, body } = answers.find(({ statusCode }) => statusCode === 429)!;
  expect(headers['retry-after']).toBe('1');
  expect(headers['content-type']).toContain('application/problem+json');
  expect(JSON.parse(body)).toMatchObject({ status: 429, code: 'too-many-orders', detail: 'Too many.' });
});
