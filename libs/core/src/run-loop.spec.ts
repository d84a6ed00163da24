import { afterEach, describe, expect, it } from 'vitest';
import { RunLoop, type RunLoopOptions } from './run-loop.ts';
import { eventually } from './testing/eventually.ts';

const never = 2 ** 30;

describe('RunLoop', () => {
  let loop: RunLoop;
  let rounds = 0;
  const failures: [unknown, number][] = [];
  afterEach(async () => {
    await loop.stop();
    rounds = 0;
    failures.length = 0;
  });

  function run(round: (n: number) => Promise<boolean>, options: Partial<RunLoopOptions> = {}): void {
    const onFailure = (error: unknown, count: number) => void failures.push([error, count]);
    loop = new RunLoop(() => round(++rounds), { everyMs: never, onFailure, ...options });
    loop.start();
  }

  it('goes on at once while there is more to do, then waits until it is woken', async () => {
    run(async (n) => n < 3);
    await eventually(() => expect(rounds).toBe(3));
    loop.wake();
    await eventually(() => expect(rounds).toBe(4));
  });

  it('does not miss a wake-up that comes during a round', async () => {
    const first = Promise.withResolvers<void>();
    run(async (n) => {
      if (n === 1) await first.promise;
      return false;
    });
    loop.wake();
    first.resolve();
    await eventually(() => expect(rounds).toBe(2));
  });

  it('begins again by itself', async () => {
    run(async () => false, { everyMs: 1 });
    await eventually(() => expect(rounds).toBeGreaterThan(2));
  });

  it('reports failures in a row, and goes on', async () => {
    const error = new Error('x');
    const round = (n: number) => (n % 3 === 0 ? Promise.resolve(true) : Promise.reject(error));
    run(round, { backoff: { initialMs: 1, maxMs: 1 } });
    await eventually(() => expect(rounds).toBeGreaterThan(5));
    expect(failures.slice(0, 4)).toEqual([
      [error, 1],
      [error, 2],
      [error, 1],
      [error, 2],
    ]);
  });

  it('stops after the round under way, and during a backoff', async () => {
    run(() => Promise.reject(new Error('x')), { backoff: { initialMs: never, maxMs: never } });
    await eventually(() => expect(failures).toHaveLength(1));
    await loop.stop();
    expect(rounds).toBe(1);
  });
});
