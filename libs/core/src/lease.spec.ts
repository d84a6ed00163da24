import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lease, type LeaseOptions } from './lease.ts';

const ttlMs = 3_000;

describe('Lease', () => {
  let lease: Lease;
  beforeEach(() => void vi.useFakeTimers());
  afterEach(async () => {
    await lease.end();
    vi.useRealTimers();
  });

  function take(renew: LeaseOptions['renew'], callbacks: Pick<LeaseOptions, 'onLost' | 'onFailure'> = {}): Lease {
    lease = new Lease({ ttlMs, heldFromMs: performance.now(), renew, ...callbacks });
    return lease;
  }

  it('is held for as long as it is renewed', async () => {
    take(async () => true);
    await vi.advanceTimersByTimeAsync(10 * ttlMs);
    expect(lease.isHeld).toBe(true);
  });

  it('counts from before the request that took it', () => {
    lease = new Lease({ ttlMs, heldFromMs: performance.now() - ttlMs, renew: async () => true });
    expect(lease.isHeld).toBe(false);
  });

  it('counts from before the request that renewed it, and not on an answer that is late', async () => {
    const answer = Promise.withResolvers<boolean>();
    take(() => answer.promise);
    await vi.advanceTimersByTimeAsync(ttlMs);
    expect(lease.isHeld).toBe(false);
    answer.resolve(true);
    await vi.advanceTimersByTimeAsync(ttlMs / 3);
    expect(lease.isHeld).toBe(false);
  });

  it('survives failures while its time lasts', async () => {
    const failures: unknown[] = [];
    take(() => Promise.reject(new Error('away')), { onFailure: (error) => void failures.push(error) });
    await vi.advanceTimersByTimeAsync(ttlMs - 1);
    expect(lease.isHeld).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect(lease.isHeld).toBe(false);
    expect(failures.length).toBeGreaterThan(1);
  });

  it('is not renewed once its time is over, because another may hold it', async () => {
    let isAvailable = false;
    take(async () => {
      if (!isAvailable) throw new Error('unavailable');
      return true;
    });
    await vi.advanceTimersByTimeAsync(ttlMs - 1);
    isAvailable = true;
    await vi.advanceTimersByTimeAsync(ttlMs);
    expect(lease.isHeld).toBe(false);
  });

  it('is over when another holds it, which is reported once', async () => {
    const onLost = vi.fn();
    const renew = vi.fn(async () => false);
    take(renew, { onLost });
    await vi.advanceTimersByTimeAsync(ttlMs);
    expect(lease.isHeld).toBe(false);
    expect(onLost).toHaveBeenCalledOnce();
    expect(renew).toHaveBeenCalledOnce();
  });

  it('is over once it is ended, also when a renewal is under way', async () => {
    const answer = Promise.withResolvers<boolean>();
    take(() => answer.promise);
    await vi.advanceTimersByTimeAsync(ttlMs / 3);
    const ended = lease.end();
    expect(lease.isHeld).toBe(false);
    answer.resolve(true);
    await ended;
    expect(lease.isHeld).toBe(false);
  });
});
