import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLog, type Log } from '@sluice/core';
import { ProgressWatch, type Missed, type PartitionProgress, type Stall } from './progress-watch.ts';

describe('ProgressWatch', () => {
  const place = { topic: 't', partition: 3 };
  let partition: PartitionProgress;
  let missed: Missed;
  let asked: number;
  let looks: (readonly Stall[])[];
  let errors: object[];
  let watch: ProgressWatch;

  beforeEach(() => {
    vi.useFakeTimers();
    partition = { ...place, movedAtMs: Date.now(), isBusy: false };
    missed = new Map();
    asked = 0;
    looks = [];
    errors = [];
    const log: Log = { ...silentLog, error: (about: object) => void errors.push(about) };
    const parts = {
      partitions: () => [partition],
      missed: async () => ((asked += 1), missed),
      onLook: (stalls: readonly Stall[]) => void looks.push(stalls),
      log,
    };
    watch = new ProgressWatch(parts);
  });
  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  it('shows a partition that is held for longer than 10 s, with place, time and reason, until it moves', async () => {
    const hold = { reason: 'no database', sinceMs: Date.now() };
    partition = { ...partition, offset: 7n, isBusy: true, hold };
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.stalls).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.stalls).toEqual([{ ...place, offset: 7n, ...hold }]);
    expect(looks.at(-1)).toBe(watch.stalls);
    partition = { ...place, movedAtMs: Date.now(), isBusy: true };
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.stalls).toEqual([]);
    expect(looks.at(-1)).toEqual([]);
  });

  it('logs an error at once and then once a minute', async () => {
    const sinceMs = Date.now();
    partition = { ...partition, offset: 7n, isBusy: true, hold: { reason: 'no database', sinceMs } };
    await vi.advanceTimersByTimeAsync(10_000);
    const about = { ...place, offset: '7', since: new Date(sinceMs).toISOString(), reason: 'no database' };
    expect(errors).toEqual([about]);
    await vi.advanceTimersByTimeAsync(55_000);
    expect(errors).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(65_000);
    expect(errors).toHaveLength(3);
  });

  it('shows a batch that takes two minutes, and asks no broker about it', async () => {
    partition = { ...partition, offset: 7n, isBusy: true };
    await vi.advanceTimersByTimeAsync(115_000);
    expect(watch.stalls).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(watch.stalls).toMatchObject([{ ...place, offset: 7n, reason: 'its batch is not finished' }]);
    expect(asked).toBe(0);
  });

  it('shows a partition without records when the broker has one that stays there', async () => {
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked, watch.stalls]).toEqual([1, []]);
    missed.set('t/3', { offset: 5n, reason: 'it is not fetched' });
    await vi.advanceTimersByTimeAsync(30_000);
    // It may have come at this moment.
    expect([asked, watch.stalls]).toEqual([2, []]);
    const sinceMs = Date.now();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(watch.stalls).toEqual([{ ...place, offset: 5n, sinceMs, reason: 'it is not fetched' }]);
    missed = new Map([['t/3', { offset: 6n, reason: 'it is not fetched' }]]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(watch.stalls).toEqual([]);
  });
});
