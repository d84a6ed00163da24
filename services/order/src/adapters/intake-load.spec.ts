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
    commits(load, [0, 1_000], 10, 25);
    expect(load.strained(1_000)).toBe(false);
    commits(load, [1_000, 1_700], 10, 26);
    expect(load.strained(1_700)).toBe(true);
  });

  it('is strained when orders come in crowds, however short they wait', () => {
    const load = new IntakeLoad(25, usedUp);
    commits(load, [0, 400], 10, 5, true);
    expect(load.strained(399)).toBe(false);
    expect(load.strained(400)).toBe(true);
  });

  it('is not strained by a moment: a garbage collection makes a commit or two late as well', () => {
    const load = new IntakeLoad(25, usedUp);
    for (let from = 0; from < 2_000; from += 100) {
      commits(load, [from, from + 90], 5, 5);
      commits(load, [from + 90, from + 100], 5, 60, true);
      expect(load.strained(from + 100)).toBe(false);
    }
  });

  it('is not strained by hiccups, however many', () => {
    const load = new IntakeLoad(25, usedUp);
    for (let from = 0; from < 5_000; from += 600) {
      commits(load, [from, from + 300], 10, 60, true);
      expect(load.strained(from + 300)).toBe(false);
      commits(load, [from + 300, from + 600], 10, 5);
      expect(load.strained(from + 600)).toBe(false);
    }
  });

  it('is not strained while the processors have time to spare: crowds alone are an ordinary load', () => {
    let busy = 0.8;
    const load = new IntakeLoad(25, { busyShare: () => busy });
    commits(load, [0, 400], 10, 30, true);
    expect(load.strained(400)).toBe(false);
    busy = 0.9;
    expect(load.strained(400)).toBe(true);
  });

  it.each([
    [90, false],
    [110, true],
  ])('asks the orders and not the commits, which are of any size: %i in one, a hundred in others', (size, strained) => {
    const load = new IntakeLoad(25, usedUp);
    for (let from = 0; from < 1_000; from += 200) {
      for (let now = from; now < from + 200; now += 2) load.record({ orders: 1, waitMs: 5, crowded: false }, now);
      load.record({ orders: size, waitMs: 5, crowded: true }, from + 199);
    }
    expect(load.strained(1_000)).toBe(strained);
  });

  it('forgets what was earlier', () => {
    const load = new IntakeLoad(25, usedUp);
    commits(load, [0, 600], 10, 5, true);
    expect(load.strained(700)).toBe(true);
    expect(load.strained(900)).toBe(false);
  });

  it('is not strained by what does not end, until there was a moment of rest', () => {
    const load = new IntakeLoad(25, usedUp);
    let now = 0;
    for (; now < 30_000; now += 50) {
      load.record({ orders: 20, waitMs: 5, crowded: true }, now);
      expect(load.strained(now)).toBe(now >= 400);
    }
    load.record({ orders: 20, waitMs: 5, crowded: true }, now);
    expect(load.strained(now)).toBe(false);
    expect(load.strained(now + 400)).toBe(false);
    commits(load, [now + 450, now + 900], 10, 5, true);
    expect(load.strained(now + 900)).toBe(true);
  });

  it('takes a peak for one, whether somebody looks in between or not, and though it has quieter moments', () => {
    const load = new IntakeLoad(25, usedUp);
    let strainedBefore = false;
    for (let now = 0; now <= 30_000; now += 100) {
      load.record({ orders: 60, waitMs: 5, crowded: true }, now);
      if (now === 29_900) strainedBefore = load.strained(now);
      load.record({ orders: 50, waitMs: 5, crowded: false }, now + 50);
    }
    expect(strainedBefore).toBe(true);
    expect(load.strained(30_050)).toBe(false);
    load.record({ orders: 20, waitMs: 5, crowded: false }, 30_400);
    commits(load, [30_700, 31_200], 10, 5, true);
    expect(load.strained(31_200)).toBe(true);
  });

  describe('while orders are turned away', () => {
    /** One each millisecond, of which every `refusedEach`th is refused; the others wait for nothing. */
    function overflow(load: IntakeLoad, [from, to]: [number, number], refusedEach = 2): void {
      for (let now = from; now < to; now += 1) {
        if (now % refusedEach === 0) load.refuse(now);
        else load.record({ orders: 1, waitMs: 5, crowded: false }, now);
      }
    }

    it('is strained though the accepted ones are quick, and sooner: refusals take a machine with time to spare', () => {
      let busy = 0.7;
      const load = new IntakeLoad(25, { busyShare: () => busy });
      overflow(load, [0, 400]);
      expect(load.strained(399)).toBe(false);
      expect(load.strained(400)).toBe(true);
      busy = 0.5;
      expect(load.strained(400)).toBe(false);
    });

    it('has the work behind give way further than to a crowd', () => {
      const crowd = new IntakeLoad(25, usedUp);
      commits(crowd, [0, 400], 10, 5, true);
      expect(crowd.giveWay(400)).toBe(true);
      const load = new IntakeLoad(25, usedUp);
      overflow(load, [0, 400]);
      expect(load.giveWay(399)).toBe(false);
      expect(load.giveWay(400)).toBe(20);
    });

    it.each([
      [3, true],
      [5, false],
    ])('is strained where more than a quarter is refused: one of %i', (refusedEach, strained) => {
      const load = new IntakeLoad(25, { busyShare: () => 0.7 });
      overflow(load, [0, 2_000], refusedEach);
      expect(load.strained(2_000)).toBe(strained);
    });

    it('is strained for longer, and not for ever', () => {
      const load = new IntakeLoad(25, usedUp);
      for (let from = 0; from < 120_000; from += 1_000) {
        overflow(load, [from, from + 1_000]);
        expect(load.strained(from + 999)).toBe(true);
      }
      overflow(load, [120_000, 121_000]);
      expect(load.strained(121_000)).toBe(false);
    });

    it('takes a peak that has become the ordinary load for nothing else because of a single one', () => {
      const load = new IntakeLoad(25, usedUp);
      commits(load, [0, 40_000], 10, 5, true);
      load.refuse(40_000);
      expect(load.strained(40_000)).toBe(false);
    });
  });
});
