import { AppError } from '@sluice/core';
import type { ArgumentsHost } from '@nestjs/common';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { ProblemFilter } from '../problem.filter.ts';
import { ShedRequests } from './shed-requests.ts';

const reply = { sent: true, raw: { destroy: () => undefined } };
const host = { getType: () => 'http', switchToHttp: () => ({ getResponse: () => reply }) } as unknown as ArgumentsHost;

it('counts the problems whose code is a registered reason, from 0, and no others', async () => {
  const registry = new Registry();
  const shed = new ShedRequests(registry);
  shed.register('queue-full', 'overloaded');
  const series = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('sluice_'));
  const lines = (queueFull: number) => [
    `sluice_requests_shed_total{reason="queue-full"} ${queueFull}`,
    'sluice_requests_shed_total{reason="overloaded"} 0',
  ];
  expect(await series()).toEqual(lines(0));
  const filter = new ProblemFilter(shed);
  for (const code of ['queue-full', 'queue-full', 'database-unavailable']) {
    filter.catch(new AppError('unavailable', code, 'not now'), host);
  }
  expect(await series()).toEqual(lines(2));
});
