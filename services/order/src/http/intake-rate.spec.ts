import type { HttpAdapterHost } from '@nestjs/core';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { IntakeRate } from './intake-rate.ts';

let app: FastifyInstance;
let refused: number;

beforeEach(() => {
  app = fastify();
  refused = 0;
  const host = { httpAdapter: { getInstance: () => app } } as unknown as HttpAdapterHost;
  new IntakeRate(host, 10, () => (refused += 1)).onModuleInit();
  app.post('/orders', () => 'placed').get('/orders', () => 'listed');
});

afterEach(async () => {
  vi.useRealTimers();
  await app.close();
});

it('tells of each order that it refuses, and of nothing else', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await app.inject({ method: 'POST', url: '/orders' })).statusCode);
  for (let i = 0; i < 5; i += 1) await app.inject('/orders');
  expect(refused).toBe(statuses.filter((status) => status === 429).length);
  expect(refused).toBeGreaterThan(0);
});

it('answers together what it refuses within a few milliseconds', async () => {
  await app.ready();
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  const statuses: number[] = [];
  const answers = Array.from({ length: 5 }, async () => {
    statuses.push((await app.inject({ method: 'POST', url: '/orders' })).statusCode);
  });
  const turnOfTheLoop = () => new Promise(setImmediate);
  while (refused < 4 || statuses.length < 1) await turnOfTheLoop();
  vi.advanceTimersByTime(2);
  await turnOfTheLoop();
  expect(statuses).toEqual([200]);
  vi.advanceTimersByTime(1);
  await Promise.all(answers);
  expect(statuses).toEqual([200, 429, 429, 429, 429]);
});
