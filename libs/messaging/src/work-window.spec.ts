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
  it('widens while all of it is used, until nothing is held back', () => {
    const window = new WorkWindow(() => false, 400);
    expect(slots(window, 0, 6, Infinity)).toEqual([160, 224, 314, 400, 400, 400]);
    expect(window.allowance(5 * slotMs + 1)).toBe(400);
  });

  it('lets no more out than the rest of the slot', () => {
    const window = new WorkWindow(() => false, 400);
    expect(window.allowance(0)).toBe(160);
    window.spend(50);
    expect(window.allowance(1)).toBe(110);
    window.spend(110);
    expect(window.allowance(2)).toBe(0);
    expect(window.allowance(slotMs)).toBe(224);
  });

  it('closes at once for urgent work, but never altogether', () => {
    let urgent = false;
    const window = new WorkWindow(() => urgent, 400);
    slots(window, 0, 6, Infinity);
    urgent = true;
    expect(slots(window, 6, 3, Infinity)).toEqual([80, 80, 80]);
    urgent = false;
    expect(slots(window, 9, 3, Infinity)).toEqual([160, 224, 314]);
  });

  it('follows the demand back, so that the next burst finds it narrow', () => {
    const window = new WorkWindow(() => false, 400);
    slots(window, 0, 6, Infinity);
    slots(window, 6, 6, 1);
    expect(slots(window, 12, 1, Infinity)).toEqual([160]);
  });

  it('is no wider than a small batch', () => {
    expect(new WorkWindow(() => true, 10).allowance(0)).toBe(10);
  });
});
