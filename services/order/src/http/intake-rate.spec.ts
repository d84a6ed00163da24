import type { HttpAdapterHost } from '@nestjs/core';
import fastify from 'fastify';
import { expect, it } from 'vitest';
import { IntakeRate } from './intake-rate.ts';

it('tells of each order that it refuses, and of nothing else', async () => {
  const app = fastify();
  let refused = 0;
  const host = { httpAdapter: { getInstance: () => app } } as unknown as HttpAdapterHost;
  new IntakeRate(host, 10, () => (refused += 1)).onModuleInit();
  app.post('/orders', () => 'placed').get('/orders', () => 'listed');
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await app.inject({ method: 'POST', url: '/orders' })).statusCode);
  for (let i = 0; i < 5; i += 1) await app.inject('/orders');
  expect(refused).toBe(statuses.filter((status) => status === 429).length);
  expect(refused).toBeGreaterThan(0);
  await app.close();
});
