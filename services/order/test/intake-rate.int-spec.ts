import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrderBody } from './builders.ts';
import { OrderService } from './order-service.ts';

let service: OrderService;

beforeAll(async () => {
  service = await OrderService.start({}, { INTAKE_MAX_PER_SECOND: '1' });
});

afterAll(() => service?.[Symbol.asyncDispose]());

describe('INTAKE_MAX_PER_SECOND', () => {
  it('refuses what is beyond it with 429 and Retry-After, writes nothing of it, and reads no body', async () => {
    const burst = Array.from({ length: 20 }, (_, i) => service.post('/orders', i % 2 ? '{"broken' : anOrderBody()));
    const startedAt = performance.now();
    const answers = await Promise.all(burst);
    const seconds = (performance.now() - startedAt) / 1_000;
    const refused = answers.filter(({ status }) => status === 429);
    expect(answers.length - refused.length).toBeLessThanOrEqual(1 + Math.ceil(seconds));
    for (const { headers, body } of refused) {
      expect(headers.get('retry-after')).toBe('1');
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(body).toMatchObject({ status: 429, code: 'too-many-orders' });
    }
    expect(await service.metric('sluice_requests_shed_total', { reason: 'too-many-orders' })).toBe(refused.length);
    const accepted = answers.filter(({ status }) => status === 202);
    expect(await service.count('orders')).toBe(accepted.length);
  });

  it('concerns new orders only', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => service.get('/orders')));
    expect(answers.map(({ status }) => status)).toEqual(Array<number>(20).fill(200));
  });
});
