import { describe, expect, it } from 'vitest';
import { WorkWindow } from './work-window.ts';

const slotMs = 200;

/** What leaves in each of some slots when `wanted` rows want to. */
function slots(window: WorkWindow, from: number, count: number, wanted: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const rows = Math.min(wanted, window.allowance((from + i) * slotMs));
    window.spend(rows);
    return rows;
  });
}

describe('WorkWindow', () => {
  /** Urgent at first, then told otherwise. */
  let urgent: boolean | number = true;
  const closed = (widest = 400): WorkWindow => {
    urgent = true;
    const window = new WorkWindow(() => urgent, widest);
    window.allowance(0);
    return window;
  };

  it('holds nothing back while nothing is urgent', () => {
    const window = new WorkWindow(() => false, 400);
    expect(slots(window, 0, 3, 1_000)).toEqual([400, 400, 400]);
    expect(window.allowance(2 * slotMs + 1)).toBe(400);
  });

  it('closes at once for urgent work, but never altogether', () => {
    const window = new WorkWindow(() => urgent, 400);
    urgent = false;
    slots(window, 0, 3, Infinity);
    urgent = true;
    expect(window.allowance(2 * slotMs + 1)).toBe(0);
    expect(slots(window, 3, 3, Infinity)).toEqual([80, 80, 80]);
  });

  it('closes further when it is told to, and opens from there', () => {
    const window = closed();
    urgent = 20;
    expect(slots(window, 1, 2, Infinity)).toEqual([20, 20]);
    urgent = 0;
    expect(slots(window, 3, 2, Infinity)).toEqual([2, 2]);
    urgent = false;
    expect(slots(window, 5, 5, Infinity)).toEqual([3, 4, 6, 9, 13]);
  });

  it('opens by half with each slot, until nothing is held back', () => {
    const window = closed();
    urgent = false;
    expect(slots(window, 1, 6, Infinity)).toEqual([120, 180, 270, 400, 400, 400]);
  });

  it('opens by whole records', () => {
    const window = closed(1_000);
    urgent = false;
    expect(slots(window, 1, 6, Infinity)).toEqual([120, 180, 270, 405, 607, 910]);
  });

  it('opens also while nobody looks', () => {
    const window = closed();
    urgent = false;
    expect(window.allowance(3.5 * slotMs)).toBe(270);
  });

  it('lets no more out than the rest of the slot', () => {
    const window = closed();
    window.spend(50);
    expect(window.allowance(1)).toBe(30);
    window.spend(30);
    expect(window.allowance(2)).toBe(0);
    expect(window.allowance(slotMs)).toBe(80);
  });

  it('is no wider than a small batch', () => {
    expect(new WorkWindow(() => true, 10).allowance(0)).toBe(10);
  });
});
