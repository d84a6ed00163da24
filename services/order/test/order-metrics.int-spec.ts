import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrderService } from './order-service.ts';

let service: OrderService;

beforeAll(async () => {
  service = await OrderService.start();
});

afterAll(() => service?.[Symbol.asyncDispose]());

describe('the metrics of orders', () => {
  const added = (work: () => Promise<unknown>) => service.counted('async', work);

  it('count each order once, whatever is delivered again', async () => {
    let ids: string[] = [];
    expect(await added(async () => (ids = await Promise.all([service.place(), service.place()])))).toEqual([
      2, 0, 0, 0,
    ]);
    const [first, second] = ids as [string, string];
    expect(await added(() => service.applyOutcome(first))).toEqual([0, 1, 0, 0]);
    expect(await added(() => service.applyOutcome(first))).toEqual([0, 0, 0, 0]);
    const twice = { orderId: second, outcome: { reserved: false, reason: 'out-of-stock' } } as const;
    expect(await added(() => service.applyOutcomes([twice, twice]))).toEqual([0, 0, 1, 0]);
    // It was terminal before.
    expect(await added(() => service.post(`/orders/${first}/cancel`))).toEqual([0, 0, 0, 0]);
    const cancelAtOnce = async () => service.post(`/orders/${await service.place()}/cancel`);
    expect(await added(cancelAtOnce)).toEqual([1, 0, 0, 1]);
  });

  it('count nothing of a batch that was rolled back', async () => {
    const batch = [{ orderId: await service.place(), outcome: { reserved: true } as const }];
    const undo = () => expect.unreachable('undone');
    const undone = () => expect(service.applyOutcomes(batch, undo)).rejects.toThrow('undone');
    expect(await added(undone)).toEqual([0, 0, 0, 0]);
    expect(await added(() => service.applyOutcomes(batch))).toEqual([0, 1, 0, 0]);
  });
});
