import { type EventLoopUtilization } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AdaptiveLinger } from './adaptive-linger.ts';

/** Milliseconds of the event loop so far: the clock is their sum. */
let loop: { idle: number; active: number };

function utilization(now = { ...loop, utilization: 0 }, since?: EventLoopUtilization): EventLoopUtilization {
  const [idle, active] = [now.idle - (since?.idle ?? 0), now.active - (since?.active ?? 0)];
  return { idle, active, utilization: active / Math.max(1, idle + active) };
}

beforeEach(() => {
  loop = { idle: 0, active: 0 };
  vi.spyOn(performance, 'now').mockImplementation(() => loop.idle + loop.active);
  vi.spyOn(performance, 'eventLoopUtilization').mockImplementation(utilization);
});
afterEach(() => void vi.restoreAllMocks());

describe('AdaptiveLinger', () => {
  it('waits long when the process was busy and hardly at all when it was idle', () => {
    const linger = new AdaptiveLinger(50);
    loop.active += 60;
    expect(linger.delayMs()).toBe(50);
    loop.idle += 60;
    expect(linger.delayMs()).toBe(12.5);
    loop.idle += 1_000;
    expect(linger.delayMs()).toBeLessThan(1);
  });

  it('does not take an instant for the whole', () => {
    const linger = new AdaptiveLinger(50);
    loop.idle += 200;
    linger.delayMs();
    loop.active += 5;
    expect(linger.delayMs()).toBeLessThan(5);
  });
});
