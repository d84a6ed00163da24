import { describe, expect, it } from 'vitest';
import { IntakeLoad } from './intake-load.ts';

const usedUp = { busyShare: () => 1 };

describe('IntakeLoad', () => {
  it('is strained when commits are waited for too long', () => {
    const load = new IntakeLoad(25, usedUp);
    expect(load.strained(0)).toBe(false);
    load.record(25, false, 0);
    expect(load.strained(1)).toBe(false);
    load.record(26, false, 10);
    expect(load.strained(11)).toBe(true);
  });

  it('is strained when orders come in crowds, however short they wait', () => {
    const load = new IntakeLoad(25, usedUp);
    load.record(5, true, 0);
    expect(load.strained(1)).toBe(true);
  });

  it('is not strained while the processors have time to spare: crowds alone are an ordinary load', () => {
    let busy = 0.8;
    const load = new IntakeLoad(25, { busyShare: () => busy });
    load.record(30, true, 0);
    expect(load.strained(1)).toBe(false);
    busy = 0.9;
    expect(load.strained(1)).toBe(true);
  });

  it('is strained a moment longer: the commit after a long one is often a short one', () => {
    const load = new IntakeLoad(25, usedUp);
    load.record(30, false, 0);
    load.record(5, false, 50);
    expect(load.strained(99)).toBe(true);
    expect(load.strained(100)).toBe(false);
  });

  it('is not strained by what does not end, until there was a moment of rest', () => {
    const load = new IntakeLoad(25, usedUp);
    let now = 0;
    for (; now < 30_000; now += 50) load.record(5, true, now);
    expect(load.strained(29_999)).toBe(true);
    load.record(5, true, now);
    expect(load.strained(now)).toBe(false);
    load.record(5, true, now + 100);
    expect(load.strained(now + 100)).toBe(true);
  });
});
