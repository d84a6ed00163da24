import { describe, expect, it } from 'vitest';
import { IntakeLoad } from './intake-load.ts';

const usedUp = { busyShare: () => 1 };

/** A commit each `everyMs` from `from` on, before `to`. */
function commits(
  load: IntakeLoad,
  [from, to]: [number, number],
  everyMs: number,
  waitMs: number,
  crowded = false,
): void {
  for (let now = from; now < to; now += everyMs) load.record({ orders: 20, waitMs, crowded }, now);
}

describe('IntakeLoad', () => {
  it('is strained when most commits are waited for too long', () => {
    const load = new IntakeLoad(25, usedUp);
    expect(load.strained(0)).toBe(false);
    commits(load, [0, 100], 10, 25);
    expect(load.strained(100)).toBe(false);
    commits(load, [100, 210], 10, 26);
    expect(load.strained(210)).toBe(true);
  });

  it('is strained when orders come in crowds, however short they wait', () => {
    const load = new IntakeLoad(25, usedUp);
    load.record({ orders: 20, waitMs: 5, crowded: true }, 0);
    expect(load.strained(1)).toBe(true);
  });

  it('is not strained by a moment: a garbage collection makes a commit or two late as well', () => {
    const load = new IntakeLoad(25, usedUp);
    commits(load, [0, 390], 5, 5);
    commits(load, [390, 400], 5, 60, true);
    expect(load.strained(400)).toBe(false);
  });

  it('is not strained while the processors have time to spare: crowds alone are an ordinary load', () => {
    let busy = 0.8;
    const load = new IntakeLoad(25, { busyShare: () => busy });
    load.record({ orders: 20, waitMs: 30, crowded: true }, 0);
    expect(load.strained(1)).toBe(false);
    busy = 0.9;
    expect(load.strained(1)).toBe(true);
  });

  it('asks the orders and not the commits, which are of any size', () => {
    const load = new IntakeLoad(25, usedUp);
    for (let now = 0; now < 200; now += 2) load.record({ orders: 1, waitMs: 5, crowded: false }, now);
    load.record({ orders: 99, waitMs: 5, crowded: true }, 200);
    expect(load.strained(200)).toBe(false);
    load.record({ orders: 2, waitMs: 5, crowded: true }, 201);
    expect(load.strained(201)).toBe(true);
  });

  it('forgets what was earlier', () => {
    const load = new IntakeLoad(25, usedUp);
    commits(load, [0, 200], 10, 5, true);
    expect(load.strained(300)).toBe(true);
    expect(load.strained(500)).toBe(false);
  });

  it('is not strained by what does not end, until there was a moment of rest', () => {
    const load = new IntakeLoad(25, usedUp);
    let now = 0;
    for (; now < 30_000; now += 50) {
      load.record({ orders: 20, waitMs: 5, crowded: true }, now);
      expect(load.strained(now)).toBe(true);
    }
    load.record({ orders: 20, waitMs: 5, crowded: true }, now);
    expect(load.strained(now)).toBe(false);
    expect(load.strained(now + 400)).toBe(false);
    load.record({ orders: 20, waitMs: 5, crowded: true }, now + 450);
    expect(load.strained(now + 450)).toBe(true);
  });

  it('takes a peak for one, whether somebody looks in between or not, and though it has quieter moments', () => {
    const load = new IntakeLoad(25, usedUp);
    for (let now = 0; now <= 30_000; now += 100) {
      load.record({ orders: 60, waitMs: 5, crowded: true }, now);
      load.record({ orders: 50, waitMs: 5, crowded: false }, now + 50);
    }
    expect(load.strained(30_050)).toBe(false);
    load.record({ orders: 20, waitMs: 5, crowded: false }, 30_400);
    load.record({ orders: 60, waitMs: 5, crowded: true }, 30_700);
    expect(load.strained(30_700)).toBe(true);
  });
});
