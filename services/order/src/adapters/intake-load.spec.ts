import { describe, expect, it } from 'vitest';
import { IntakeLoad } from './intake-load.ts';

describe('IntakeLoad', () => {
  it('is strained while commits are waited for too long', () => {
    const load = new IntakeLoad(25);
    expect(load.strained(0)).toBe(false);
    load.record(20, 0);
    expect(load.strained(1)).toBe(false);
    load.record(30, 10);
    expect(load.strained(11)).toBe(true);
    load.record(20, 20);
    expect(load.strained(21)).toBe(false);
  });

  it('forgets, when nobody comes any more', () => {
    const load = new IntakeLoad(25);
    load.record(30, 0);
    expect(load.strained(99)).toBe(true);
    expect(load.strained(101)).toBe(false);
  });
});
