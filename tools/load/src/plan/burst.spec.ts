import { describe, expect, it } from 'vitest';
import { burstSchedule } from './burst.ts';
import { newRunId, orderIndexOf, planFlow, skuPrefixLength } from './flow-plan.ts';

const options = { factor: 10, seconds: 1, base: 0, capacity: 200, customers: 50, seed: 7 };

describe('burstSchedule', () => {
  it('offers X·μ·T orders in T seconds, in order of time, the same for the same seed', () => {
    const schedule = burstSchedule(options);
    const times = schedule.orders.map((order) => order.atMs);
    expect(times).toHaveLength(2000);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.at(-1)).toBeLessThan(1000);
    expect(burstSchedule(options)).toEqual(schedule);
    expect(burstSchedule({ ...options, seed: 8 }).orders).not.toEqual(schedule.orders);
  });

  it('goes on with b·μ until a perfect queue has drained', () => {
    const { orders, ideal } = burstSchedule({ ...options, base: 0.5 });
    const after = orders.filter((order) => order.atMs >= 1000);
    expect(after).toHaveLength(0.5 * 200 * ideal.drainSeconds);
    expect(after.at(-1)!.atMs).toBeLessThan(1000 + ideal.drainSeconds * 1000);
  });

  it('stocks enough of everything but a few SKUs', () => {
    const { orders, stock } = burstSchedule(options);
    const demand = new Map<string, number>();
    for (const { lines } of orders) {
      expect(lines.length).toBeGreaterThanOrEqual(1);
      expect(lines.length).toBeLessThanOrEqual(3);
      for (const { sku, quantity } of lines) demand.set(sku, (demand.get(sku) ?? 0) + quantity);
    }
    const scarce = [...stock].filter(([sku, units]) => units < (demand.get(sku) ?? 0));
    expect(scarce).toHaveLength(2);
    expect(stock.size).toBe(50);
  });
});

describe('planFlow', () => {
  it('gives both flows the same orders under names that never collide', () => {
    const schedule = burstSchedule({ ...options, seconds: 0.1 });
    const runId = newRunId();
    const [sync, async] = [planFlow(schedule, 'sync', runId), planFlow(schedule, 'async', runId)];
    expect(sync.skuPrefix).toHaveLength(skuPrefixLength);
    expect(sync.skuPrefix).not.toBe(async.skuPrefix);
    expect(sync.orders.map((order) => order.atMs)).toEqual(async.orders.map((order) => order.atMs));
    expect(new Set(sync.orders.map((order) => order.idempotencyKey)).size).toBe(schedule.orders.length);
    const body = JSON.parse(sync.orders[5]!.body) as { email: string; lines: { sku: string }[] };
    expect(orderIndexOf(body.email, sync.mailDomain)).toBe(5);
    expect(orderIndexOf(body.email, async.mailDomain)).toBeUndefined();
    expect(sync.stock.has(body.lines[0]!.sku)).toBe(true);
  });

  it('keeps the local part of an address valid whatever the customer is called', () => {
    const schedule = burstSchedule({ ...options, seconds: 0.1 });
    schedule.orders[0]!.customerId = `Ω "x" ${'long'.repeat(20)}`;
    const { orders, mailDomain } = planFlow(schedule, 'sync', newRunId());
    const { email } = JSON.parse(orders[0]!.body) as { email: string };
    expect(email).toMatch(/^[a-z0-9][a-z0-9-]*\+0@/);
    expect(email.indexOf('@')).toBeLessThanOrEqual(64);
    expect(orderIndexOf(email, mailDomain)).toBe(0);
  });
});
