import { describe, expect, it } from 'vitest';
import { anOrder } from '../../test/snapshot.ts';
import { planFlow, type Flow, type FlowPlan } from '../plan/flow-plan.ts';
import type { DatabaseSnapshot } from '../ledger/databases.ts';
import { expectedState, finalState } from './final-state.ts';
import { defaultSpeed, replaySchedule } from './schedule.ts';

const lines = [{ sku: '22086', quantity: 2, unitPriceCents: 100 }];
const invoices = [
  { invoice: '1', customerId: 'guest', atMs: 0, lines },
  { invoice: '2', customerId: '17', atMs: 120_000, lines },
];

function planOf(flow: Flow): FlowPlan {
  return planFlow(replaySchedule(invoices, 2, 200), flow, 'run00001');
}

function databases(plan: FlowPlan, overrides: Partial<DatabaseSnapshot> = {}): DatabaseSnapshot {
  const placed = [...plan.orders].map(({ draft }, index) =>
    anOrder(index, 'CONFIRMED', {
      customerId: draft.customerId,
      totalCents: 200,
      lines: draft.lines.map((line) => ({ ...line, sku: plan.skuPrefix + line.sku })),
    }),
  );
  const stock = [{ sku: `${plan.skuPrefix}22086`, available: 0, reserved: 4 }];
  return { orders: placed, stock, reservations: [], notifications: [], ...overrides };
}

describe('finalState', () => {
  it('is the same for both flows, in whatever order the rows come', () => {
    const [sync, async] = [planOf('sync'), planOf('async')];
    const reversed = databases(async).orders.toReversed();
    expect(finalState(databases(async, { orders: reversed }), async)).toEqual(finalState(databases(sync), sync));
  });

  it('is what the file asks for when everything was confirmed', () => {
    const plan = planOf('sync');
    expect(finalState(databases(plan), plan)).toEqual(expectedState(plan.schedule));
  });

  it('differs when an order is not confirmed, a line differs, or stock does', () => {
    const plan = planOf('sync');
    const good = finalState(databases(plan), plan);
    const [first, second] = databases(plan).orders;
    const rejected = finalState(databases(plan, { orders: [first!, { ...second!, status: 'REJECTED' }] }), plan);
    expect(rejected).toMatchObject({ confirmed: 1, finalStockHash: good.finalStockHash });
    expect(rejected.confirmedHash).not.toBe(good.confirmedHash);
    const changed = finalState(databases(plan, { orders: [first!, { ...second!, totalCents: 1 }] }), plan);
    expect(changed.confirmedHash).not.toBe(good.confirmedHash);
    const stock = [{ sku: `${plan.skuPrefix}22086`, available: 1, reserved: 3 }];
    expect(finalState(databases(plan, { stock }), plan).finalStockHash).not.toBe(good.finalStockHash);
  });
});

describe('replaySchedule', () => {
  it('compresses the arrival times and stocks what is asked for', () => {
    const { orders, stock, burstEndMs } = replaySchedule(invoices, 2, 200);
    expect(orders.map((order) => order.atMs)).toEqual([0, 60_000]);
    expect(burstEndMs).toBe(60_000);
    expect([...stock]).toEqual([['22086', 4]]);
    expect([...replaySchedule(invoices, 2, 200, 0.5).stock]).toEqual([['22086', 2]]);
  });

  it('takes about a minute by default, and never slows a file down', () => {
    expect(defaultSpeed(invoices)).toBe(2);
    expect(defaultSpeed(invoices.slice(0, 1))).toBe(1);
  });
});
