import { describe, expect, it } from 'vitest';

import { Slots } from './slots.ts';

const held = (): boolean => true;

describe('Slots', () => {
  it('refuses above the capacity and counts it', () => {
    const slots = new Slots({ slots: 2, latencyMs: 100 }, () => 5);
    expect(slots.take(held)?.dueAtMs).toBe(105);
    const second = slots.take(held);
    expect(slots.take(held)).toBeUndefined();
    if (second !== undefined) slots.release(second);
    expect(slots.take(held)).toBeDefined();
    expect(slots).toMatchObject({ refusals: 1, maxConcurrency: 2, active: 2 });
  });

  it('gives a slot back that its client no longer uses', () => {
    const slots = new Slots({ slots: 1, latencyMs: 100 });
    let inUse = true;
    slots.take(() => inUse);
    inUse = false;
    expect(slots.active).toBe(0);
    expect(slots.take(held)).toBeDefined();
  });

  it('waits less when the reply before was late, so that the rate is kept, but does not catch up after a pause', () => {
    const slots = new Slots({ slots: 9, latencyMs: 100 }, () => 5);
    expect([0, 3, 1_000].map((lateMs) => slots.take(held, lateMs)?.dueAtMs)).toEqual([105, 102, 100]);
    slots.capacity = { slots: 9, latencyMs: 8 };
    expect(slots.take(held, 1_000)?.dueAtMs).toBe(11);
  });
});
