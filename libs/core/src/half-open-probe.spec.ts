import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HalfOpenProbe } from './half-open-probe.ts';

describe('HalfOpenProbe', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets all try until a failure, then one per interval, and all again after a success', () => {
    const probe = new HalfOpenProbe(1_000);
    const tries = () => [probe.mayTry(), probe.mayTry()];
    expect([...tries(), probe.isOpen]).toEqual([true, true, false]);
    probe.failed();
    expect(probe.isOpen).toBe(true);
    expect(tries()).toEqual([false, false]);
    vi.advanceTimersByTime(1_000);
    expect(tries()).toEqual([true, false]);
    vi.advanceTimersByTime(1_000);
    expect(tries()).toEqual([true, false]);
    probe.succeeded();
    expect([...tries(), probe.isOpen]).toEqual([true, true, false]);
  });
});
