import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog } from '@sluice/core';
import { Watchdog } from './watchdog.ts';

describe('Watchdog', () => {
  let idleMs = 0;
  let answers = true;
  let stuck: Error[] = [];
  let watchdog: Watchdog;

  beforeEach(() => {
    vi.useFakeTimers();
    idleMs = 0;
    answers = true;
    stuck = [];
    const probe = async (): Promise<void> => {
      if (!answers) throw new Error('no broker');
    };
    watchdog = new Watchdog({ idleMs: () => idleMs, probe, onStuck: (error) => stuck.push(error) }, silentLog);
  });
  afterEach(() => {
    watchdog.stop();
    vi.useRealTimers();
  });

  it('reports a silent client once a broker has answered for half a minute', async () => {
    idleMs = 60_000;
    await vi.advanceTimersByTimeAsync(25_000);
    expect(stuck).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(stuck).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stuck).toHaveLength(1);
  });

  it('ends nothing while the broker is down, and gives a client time after it is back', async () => {
    idleMs = 60_000;
    answers = false;
    await vi.advanceTimersByTimeAsync(120_000);
    answers = true;
    await vi.advanceTimersByTimeAsync(25_000);
    idleMs = 100;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(stuck).toEqual([]);
  });

  it('leaves a client alone that hears from its coordinator', async () => {
    idleMs = 3_000;
    await vi.advanceTimersByTimeAsync(120_000);
    expect(stuck).toEqual([]);
  });
});
