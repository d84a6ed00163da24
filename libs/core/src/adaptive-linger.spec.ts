import { describe, expect, it } from 'vitest';
import { pauseFor } from './time.ts';
import { AdaptiveLinger } from './adaptive-linger.ts';

async function busyFor(ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve));
}

describe('AdaptiveLinger', () => {
  it('waits long when the process was busy and hardly at all when it was idle', async () => {
    const pace = new AdaptiveLinger(50);
    await busyFor(60);
    const afterWork = pace.delayMs();
    await pauseFor(60, new AbortController().signal);
    const afterRest = pace.delayMs();
    expect(afterWork).toBeGreaterThan(10);
    expect(afterWork).toBeLessThanOrEqual(50);
    expect(afterRest).toBeLessThan(afterWork / 2);
  });

  it('does not take an instant for the whole', async () => {
    const pace = new AdaptiveLinger(50);
    await pauseFor(200, new AbortController().signal);
    pace.delayMs();
    await busyFor(5);
    expect(pace.delayMs()).toBeLessThan(5);
  });
});
