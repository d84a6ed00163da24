import { describe, expect, it } from 'vitest';
import { Throttle } from './throttle.ts';

const { signal } = new AbortController();

describe('a throttle', () => {
  it('holds nothing back by default', async () => {
    expect(await new Throttle().admit(() => 500, signal)).toBe(500);
  });

  it('holds all that ask to the limit of background work', async () => {
    const throttle = new Throttle({ backgroundLimit: () => 400 });
    expect(await throttle.admit(() => 500, signal)).toBe(80);
    const begun = performance.now();
    let wanted = 0;
    const later = [throttle.admit(() => wanted, signal), throttle.admit(() => wanted, signal)];
    // Asked when its turn comes, and not before.
    wanted = 30;
    expect(await Promise.all(later)).toEqual([30, 30]);
    expect(performance.now() - begun).toBeGreaterThan(100);
  });

  it('holds nobody back who is to end', async () => {
    const throttle = new Throttle({ backgroundLimit: () => 400 });
    await throttle.admit(() => 500, signal);
    // It would be admitted all that it wants when its turn comes.
    const waiting = throttle.admit(() => 7, signal);
    expect(await throttle.admit(() => 7, AbortSignal.abort())).toBe(1);
    expect(await waiting).toBe(7);
  });

  it('lets as many records through as the limit has, and those later', async () => {
    const throttle = new Throttle({ maxRecordsPerSecond: 50 });
    const begun = performance.now();
    expect(await throttle.admit(() => 500, signal)).toBe(5);
    expect(await throttle.admit(() => 2, signal)).toBe(2);
    expect(performance.now() - begun).toBeGreaterThan(130);
  });
});
