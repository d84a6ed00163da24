import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { healthy } from './faults.ts';
import { Line } from './line.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('does not look all the time at what takes a narrow line longer than a timer can wait', async () => {
  const line = new Line({ ...healthy, bandwidthBytesPerS: 1 });
  const closed = new AbortController();
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const passed = line.pass(10_000_000, performance.now(), closed.signal);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(timers).toHaveBeenCalledTimes(1);
  closed.abort();
  await passed;
});
