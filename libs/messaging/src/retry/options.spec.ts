import { describe, expect, it } from 'vitest';
import { nextDelayMs, withDefaults, type RetryOptions } from './options.ts';

/** When an event is tried that always fails, in milliseconds after it was deferred. */
function attemptsOf(options: RetryOptions): number[] {
  const at: number[] = [];
  let ageMs = 0;
  for (let attempts = 1; attempts < 1_000; attempts += 1) {
    const delayMs = nextDelayMs({ attempts, ageMs }, withDefaults(options));
    if (delayMs === undefined) return at;
    ageMs += delayMs;
    at.push(ageMs);
  }
  throw new Error('it is tried for ever');
}

describe('the attempts at a deferred event', () => {
  it('are counted by default', () => {
    expect(attemptsOf({ maxAttempts: 4 })).toHaveLength(3);
  });

  it('go on for the time that is given, the last at its end, with pauses that grow with it', () => {
    const hours = 3_600_000;
    const at = attemptsOf({ retryForMs: 4 * hours, backoff: { initialMs: 5_000, maxMs: hours / 4 } });
    expect(at.at(-1)).toBe(4 * hours);
    expect(at.length).toBeLessThan(50);
    const pauses = at.map((time, i) => time - (at[i - 1] ?? 0));
    expect(Math.min(...pauses.slice(0, -1))).toBe(5_000);
    expect(Math.max(...pauses)).toBe(hours / 4);
    // What is accepted again after a minute leaves within a quarter of it.
    expect(at.find((time) => time >= 60_000)).toBeLessThanOrEqual(75_000);
  });

  it('end at once when the time is over', () => {
    expect(nextDelayMs({ attempts: 1, ageMs: 100 }, withDefaults({ retryForMs: 100 }))).toBeUndefined();
    expect(nextDelayMs({ attempts: 50, ageMs: 99 }, withDefaults({ retryForMs: 100 }))).toBe(1);
  });
});
