import { describe, expect, it } from 'vitest';
import { aLine, aRequest } from '../../test/builders.ts';
import { MemoryOrderLog } from '../../test/memory-order-log.ts';
import { IdempotencyKeyReused, InvalidOrder, Overloaded } from '../domain/errors.ts';
import { AcceptedOrders } from './accepted-orders.ts';
import { LogOrder } from './log-order.ts';

function aLogOrder(limits = { maxLines: 100, maxAgeMs: 60_000 }) {
  const log = new MemoryOrderLog();
  const accepted = new AcceptedOrders(limits);
  return { log, accepted, logOrder: new LogOrder(log, accepted) };
}

const key = (fingerprint = 'same') => ({ idempotency: { key: 'basket', fingerprint } });

describe('accepting an order into the log', () => {
  it('answers ACCEPTED at version 0, with the total, and remembers it', async () => {
    const { log, accepted, logOrder } = aLogOrder();
    const request = aRequest({ flow: 'log', lines: [aLine({ quantity: 3, unitPriceCents: 5 })] });
    const order = await logOrder.run(request);
    expect(order).toMatchObject({ id: request.id, status: 'ACCEPTED', flow: 'log', version: 0, totalCents: 15 });
    expect(log.requests).toEqual([request]);
    expect(accepted.find(request.id)?.view).toBe(order);
  });

  it('remembers nothing that the log did not take', async () => {
    const { log, accepted, logOrder } = aLogOrder();
    log.failure = new Overloaded('log-unavailable', 'Kafka is unavailable.');
    const request = aRequest({ flow: 'log' });
    await expect(logOrder.run(request)).rejects.toBe(log.failure);
    expect(accepted.find(request.id)).toBeUndefined();
  });

  it('refuses what could never be placed, before the log has it', async () => {
    const { log, logOrder } = aLogOrder();
    const lines = Array.from({ length: 10 }, () => aLine({ quantity: 1_000_000, unitPriceCents: 1_000_000_000 }));
    await expect(logOrder.run(aRequest({ flow: 'log', lines }))).rejects.toThrow(InvalidOrder);
    expect(log.requests).toEqual([]);
  });
});

describe('a repeated request', () => {
  it('that is remembered gets the same answer, and is not appended again', async () => {
    const { log, logOrder } = aLogOrder();
    const request = aRequest({ flow: 'log', ...key() });
    const first = await logOrder.run(request);
    expect(await logOrder.run({ ...request })).toBe(first);
    expect(log.requests).toHaveLength(1);
  });

  it('with another body is refused', async () => {
    const { log, logOrder } = aLogOrder();
    const request = aRequest({ flow: 'log', ...key() });
    await logOrder.run(request);
    await expect(logOrder.run({ ...request, ...key('other') })).rejects.toThrow(IdempotencyKeyReused);
    expect(log.requests).toHaveLength(1);
  });

  it('that is forgotten is appended again: the consumer knows', async () => {
    const { log, accepted, logOrder } = aLogOrder();
    const request = aRequest({ flow: 'log', ...key() });
    await logOrder.run(request);
    accepted.forget(request.id);
    await logOrder.run(request);
    expect(log.requests).toHaveLength(2);
  });
});

describe('what is remembered', () => {
  it('is bounded by its lines, the oldest goes first', async () => {
    const { accepted, logOrder } = aLogOrder({ maxLines: 10, maxAgeMs: 60_000 });
    const orders = [];
    for (let i = 0; i < 4; i += 1)
      orders.push(await logOrder.run(aRequest({ flow: 'log', lines: [aLine(), aLine()] })));
    expect(orders.map(({ id }) => accepted.find(id) !== undefined)).toEqual([false, true, true, true]);
    const large = await logOrder.run(aRequest({ flow: 'log', lines: Array.from({ length: 50 }, () => aLine()) }));
    expect([...orders, large].filter(({ id }) => accepted.find(id))).toEqual([]);
  });

  it('is forgotten after a while', async () => {
    const { accepted, logOrder } = aLogOrder({ maxLines: 10, maxAgeMs: -1 });
    expect(accepted.find((await logOrder.run(aRequest({ flow: 'log' }))).id)).toBeUndefined();
  });
});
