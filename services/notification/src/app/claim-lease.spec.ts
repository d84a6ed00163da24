import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClaimLost } from '../domain/errors.ts';
import { ClaimLease } from './claim-lease.ts';

const leaseMs = 3_000;

describe('ClaimLease', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const aLease = (renew: () => Promise<boolean>) => new ClaimLease({ leaseMs, heldFromMs: performance.now(), renew });

  it('holds for as long as it can renew', async () => {
    const lease = aLease(async () => true);
    await vi.advanceTimersByTimeAsync(leaseMs * 10);
    expect(() => lease.assertHeld()).not.toThrow();
    await lease.end();
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(() => lease.assertHeld()).toThrow(ClaimLost);
  });

  it('survives a database that does not answer for less than its time', async () => {
    let unavailable = true;
    const lease = aLease(async () => {
      if (unavailable) throw new Error('connection refused');
      return true;
    });
    await vi.advanceTimersByTimeAsync(leaseMs - 1);
    expect(() => lease.assertHeld()).not.toThrow();
    unavailable = false;
    await vi.advanceTimersByTimeAsync(1);
    expect(() => lease.assertHeld()).toThrow(ClaimLost);
    // An expired claim may have another holder by now, so it is not renewed either.
    await vi.advanceTimersByTimeAsync(leaseMs);
    expect(() => lease.assertHeld()).toThrow(ClaimLost);
    await lease.end();
  });

  it('is over as soon as the store says that a claim was lost', async () => {
    const lease = aLease(async () => false);
    await vi.advanceTimersByTimeAsync(leaseMs / 3);
    expect(() => lease.assertHeld()).toThrow(ClaimLost);
    await lease.end();
  });
});
