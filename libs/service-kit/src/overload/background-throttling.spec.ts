import { describe, expect, it } from 'vitest';
import { BackgroundThrottling } from './background-throttling.ts';

const saturated = { busyShare: () => 1 };

/** A commit each 10 ms from `from` on, before `to`. */
function commits(throttling: BackgroundThrottling, [from, to]: [number, number], waitMs: number, requests = 20): void {
  for (let now = from; now < to; now += 10) throttling.accepted(requests, waitMs, now);
}

/** One request each millisecond, of which every `shedEach`th is shed; the others wait for nothing. */
function overflow(throttling: BackgroundThrottling, [from, to]: [number, number], shedEach = 2): void {
  for (let now = from; now < to; now += 1) {
    if (now % shedEach === 0) throttling.shed(now);
    else throttling.accepted(1, 5, now);
  }
}

describe('BackgroundThrottling', () => {
  it('sets a limit when most requests wait longer than the threshold', () => {
    const throttling = new BackgroundThrottling(25, saturated);
    expect(throttling.recordsPerSecond(0)).toBeUndefined();
    commits(throttling, [0, 1_000], 25);
    expect(throttling.recordsPerSecond(1_000)).toBeUndefined();
    commits(throttling, [1_000, 1_400], 26);
    expect(throttling.recordsPerSecond(1_399)).toBeUndefined();
    expect(throttling.recordsPerSecond(1_400)).toBe(400);
  });

  it('keeps the limit that made requests quick again, until their rate has halved', () => {
    const throttling = new BackgroundThrottling(25, saturated);
    commits(throttling, [0, 400], 60);
    commits(throttling, [400, 1_000], 5, 11);
    expect(throttling.recordsPerSecond(1_000)).toBe(400);
    commits(throttling, [1_000, 1_200], 5, 10);
    expect(throttling.recordsPerSecond(1_200)).toBeUndefined();
  });

  it('sets none for a moment: a garbage collection makes a commit or two late as well', () => {
    const throttling = new BackgroundThrottling(25, saturated);
    for (let from = 0; from < 2_000; from += 100) {
      commits(throttling, [from, from + 90], 5);
      commits(throttling, [from + 90, from + 100], 60);
      expect(throttling.recordsPerSecond(from + 100)).toBeUndefined();
    }
  });

  it('sets none for short peaks, however many', () => {
    const throttling = new BackgroundThrottling(25, saturated);
    for (let from = 0; from < 5_000; from += 600) {
      commits(throttling, [from, from + 300], 60);
      expect(throttling.recordsPerSecond(from + 300)).toBeUndefined();
      commits(throttling, [from + 300, from + 600], 5);
      expect(throttling.recordsPerSecond(from + 600)).toBeUndefined();
    }
  });

  it('sets none while the processors have time to spare', () => {
    let busy = 0.8;
    const throttling = new BackgroundThrottling(25, { busyShare: () => busy });
    commits(throttling, [0, 400], 30);
    expect(throttling.recordsPerSecond(400)).toBeUndefined();
    busy = 0.9;
    expect(throttling.recordsPerSecond(400)).toBe(400);
  });

  it.each([
    [90, undefined],
    [110, 400],
  ])('counts requests and not commits, which are of any size: %i in a slow one beside 100 others', (size, limit) => {
    const throttling = new BackgroundThrottling(25, saturated);
    for (let from = 0; from < 1_000; from += 200) {
      for (let now = from; now < from + 200; now += 2) throttling.accepted(1, 5, now);
      throttling.accepted(size, 60, from + 199);
    }
    expect(throttling.recordsPerSecond(1_000)).toBe(limit);
  });

  it('forgets what was earlier', () => {
    const throttling = new BackgroundThrottling(25, saturated);
    commits(throttling, [0, 600], 60);
    expect(throttling.recordsPerSecond(600)).toBe(400);
    expect(throttling.recordsPerSecond(1_000)).toBeUndefined();
  });

  it('takes a peak that does not end for the ordinary load, until there was a slot of rest', () => {
    const throttling = new BackgroundThrottling(25, saturated);
    commits(throttling, [0, 29_900], 60);
    expect(throttling.recordsPerSecond(29_900)).toBe(400);
    commits(throttling, [29_900, 31_000], 60);
    expect(throttling.recordsPerSecond(31_000)).toBeUndefined();
    commits(throttling, [31_000, 31_300], 5, 5);
    commits(throttling, [31_300, 32_000], 60);
    expect(throttling.recordsPerSecond(32_000)).toBe(400);
  });

  describe('while requests are shed', () => {
    it('sets a lower limit and sooner, though the accepted ones are quick', () => {
      let busy = 0.7;
      const throttling = new BackgroundThrottling(25, { busyShare: () => busy });
      overflow(throttling, [0, 400]);
      expect(throttling.recordsPerSecond(399)).toBeUndefined();
      expect(throttling.recordsPerSecond(400)).toBe(100);
      busy = 0.5;
      expect(throttling.recordsPerSecond(400)).toBeUndefined();
    });

    it.each([
      [3, 100],
      [5, undefined],
    ])('sets it where more than a quarter is shed: one of %i', (shedEach, limit) => {
      const throttling = new BackgroundThrottling(25, { busyShare: () => 0.7 });
      overflow(throttling, [0, 2_000], shedEach);
      expect(throttling.recordsPerSecond(2_000)).toBe(limit);
    });

    it('keeps it for longer, and not for ever', () => {
      const throttling = new BackgroundThrottling(25, saturated);
      overflow(throttling, [0, 119_900]);
      expect(throttling.recordsPerSecond(119_900)).toBe(100);
      overflow(throttling, [119_900, 121_000]);
      expect(throttling.recordsPerSecond(121_000)).toBeUndefined();
    });
  });
});
