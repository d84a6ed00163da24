import { describe, expect, it } from 'vitest';
import { Throttle } from './throttle.ts';

const { signal } = new AbortController();

describe('a throttle', () => {
  it('holds nothing back unless it is told to', async () => {
    expect(await new Throttle().admit(() => 500, signal)).toBe(500);
  });

  it('gives way for as long as something is more urgent, and then counts what there is', async () => {
    let looks = 0;
    const giveWay = (): boolean => ++looks <= 3;
    expect(await new Throttle({ giveWay }).admit(() => looks, signal)).toBe(4);
  });

  it('gives way for half a second at most, and not at all when it is to end', async () => {
    const giveWay = (): boolean => true;
    const begun = performance.now();
    expect(await new Throttle({ giveWay }).admit(() => 7, signal)).toBe(7);
    expect(performance.now() - begun).toBeGreaterThan(450);
    let looks = 0;
    await new Throttle({ giveWay: () => ++looks > 0 }).admit(() => 7, AbortSignal.abort());
    expect(looks).toBe(1);
  });

  it('lets as many records through as the limit has, and those later', async () => {
    const throttle = new Throttle({ maxRecordsPerSecond: 50 });
    const begun = performance.now();
    expect(await throttle.admit(() => 500, signal)).toBe(5);
    expect(await throttle.admit(() => 2, signal)).toBe(2);
    expect(performance.now() - begun).toBeGreaterThan(130);
  });
});
