import { Registry } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import { aRequest } from '../../test/builders.ts';
import { CompletedOrders } from './completed-orders.metrics.ts';

let registry: Registry;
let completedOrders: CompletedOrders;

beforeEach(() => {
  registry = new Registry();
  completedOrders = new CompletedOrders(registry);
});

const acceptedAt = '2026-01-01T00:00:00.000Z';
const sentAt = new Date('2026-01-01T00:00:02.500Z');
const lines = async () => (await registry.metrics()).split('\n');
const completed = (flow: string, kind: string, n: number) =>
  `sluice_orders_completed_total{flow="${flow}",kind="${kind}"} ${n}`;
const seconds = (what: string, flow: string, n: number) =>
  `sluice_order_completion_seconds_${what}{flow="${flow}"} ${n}`;

describe('completed orders', () => {
  it('are 0 for each flow and kind before the first', async () => {
    expect(await lines()).toEqual(
      expect.arrayContaining([
        completed('sync', 'order-rejected', 0),
        completed('unknown', 'order-cancelled', 0),
        ...['sync', 'async', 'log'].map((flow) => seconds('count', flow, 0)),
      ]),
    );
  });

  it('are counted by flow and kind, with the time since the acceptance in seconds', async () => {
    const request = aRequest({ flow: 'log', acceptedAt });
    completedOrders.count([
      { request, sentAt },
      { request: aRequest({ flow: 'log', kind: 'order-rejected', acceptedAt }), sentAt },
    ]);
    expect(await lines()).toEqual(
      expect.arrayContaining([
        completed('log', 'order-confirmed', 1),
        completed('log', 'order-rejected', 1),
        ...[seconds('count', 'log', 2), seconds('sum', 'log', 5)],
      ]),
    );
  });

  it('never take less than no time, though the clock of another machine may be ahead', async () => {
    completedOrders.count([{ request: aRequest({ flow: 'async', acceptedAt }), sentAt: new Date(0) }]);
    expect(await lines()).toEqual(expect.arrayContaining([seconds('count', 'async', 1), seconds('sum', 'async', 0)]));
  });

  it('count under an unknown flow when they came without one, and have no time', async () => {
    completedOrders.count([{ request: aRequest(), sentAt }]);
    const found = await lines();
    expect(found).toContain(completed('unknown', 'order-confirmed', 1));
    expect(found.filter((line) => line.includes('completion_seconds_count')).every((line) => line.endsWith(' 0'))).toBe(
      true,
    );
  });
});
