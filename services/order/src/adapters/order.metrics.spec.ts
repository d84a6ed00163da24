import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { OrderEventType } from '../domain/order.events.ts';
import type { OrderFlow } from '../domain/order.ts';
import { measureBreakers, type BreakerState } from './breaker.metrics.ts';
import { measureOrders } from './order.metrics.ts';

type Step = [flow: OrderFlow, type: OrderEventType, version: number];

/** The series that are not 0 after these changes. */
async function counted(...steps: Step[]): Promise<string[]> {
  const registry = new Registry();
  measureOrders(registry)(steps.map(([flow, type, version]) => ({ orderId: 'o', flow, type, version })));
  return (await series(registry)).filter((line) => !line.endsWith(' 0'));
}

async function series(registry: Registry): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line && !line.startsWith('#'));
}

const accepted = (flow: OrderFlow, n: number) => `sluice_orders_accepted_total{flow="${flow}"} ${n}`;
const terminal = (flow: OrderFlow, outcome: string, n: number) =>
  `sluice_orders_terminal_total{flow="${flow}",outcome="${outcome}"} ${n}`;

describe('the metrics of orders', () => {
  it('are there with 0 for each flow and outcome before the first order', async () => {
    const registry = new Registry();
    measureOrders(registry);
    const lines = await series(registry);
    expect(lines).toHaveLength(3 + 9);
    expect(lines).toEqual(expect.arrayContaining([accepted('log', 0), terminal('sync', 'cancelled', 0)]));
  });

  it('count an asynchronous order as accepted when it is placed, and as terminal once', async () => {
    const both: Step[] = [
      ['async', 'order.placed', 1],
      ['log', 'order.placed', 1],
    ];
    expect(await counted(...both)).toEqual([accepted('async', 1), accepted('log', 1)]);
    expect(await counted(['async', 'order.rejected', 2], ['log', 'order.cancelled', 2])).toEqual([
      terminal('async', 'rejected', 1),
      terminal('log', 'cancelled', 1),
    ]);
    const cancelledLater: Step[] = [
      ['async', 'order.confirmed', 2],
      ['async', 'order.cancelled', 3],
    ];
    expect(await counted(...cancelledLater)).toEqual([terminal('async', 'confirmed', 1)]);
  });

  it('count a synchronous order as accepted with its outcome, and not at all when it failed', async () => {
    expect(await counted(['sync', 'order.placed', 1])).toEqual([]);
    expect(await counted(['sync', 'order.confirmed', 2], ['sync', 'order.rejected', 2])).toEqual([
      accepted('sync', 2),
      terminal('sync', 'confirmed', 1),
      terminal('sync', 'rejected', 1),
    ]);
    expect(await counted(['sync', 'order.cancelled', 2])).toEqual([terminal('sync', 'cancelled', 1)]);
    expect(await counted(['sync', 'order.cancelled', 3])).toEqual([]);
  });
});

it('a breaker is shown as 0 closed, 1 half-open, 2 open', async () => {
  const registry = new Registry();
  const inventory: { breaker: BreakerState } = { breaker: 'closed' };
  measureBreakers(registry, { inventory, log: { breaker: 'open' } });
  const line = (target: string, value: number) => `sluice_breaker_state{target="${target}"} ${value}`;
  expect(await series(registry)).toEqual([line('inventory', 0), line('log', 2)]);
  inventory.breaker = 'half-open';
  expect(await series(registry)).toContain(line('inventory', 1));
});
