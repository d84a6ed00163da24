import { describe, expect, it } from 'vitest';
import { Semaphore } from './semaphore.ts';

describe('Semaphore', () => {
  it('runs as many at a time as it may, in order, and sheds when the queue is full', async () => {
    const semaphore = new Semaphore(1, { name: 'tests', maxQueued: 2 });
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const order: number[] = [];
    const first = semaphore.run(() => opened);
    const rest = [1, 2].map((n) => semaphore.run(async () => void order.push(n)));

    expect([semaphore.running, semaphore.queued]).toEqual([1, 2]);
    await expect(semaphore.run(async () => order.push(3))).rejects.toMatchObject({
      kind: 'unavailable',
      code: 'overloaded',
      retryAfterSeconds: 1,
    });
    open();
    await Promise.all([first, ...rest]);
    expect(order).toEqual([1, 2]);
    expect([semaphore.running, semaphore.queued]).toEqual([0, 0]);
  });

  it('gives the slot back when the work fails', async () => {
    const semaphore = new Semaphore(1, { name: 'tests', maxQueued: 0 });
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await semaphore.run(async () => 'yes')).toBe('yes');
  });

  it('lets any number wait without a bound', async () => {
    const semaphore = new Semaphore(2);
    const results = await Promise.all(Array.from({ length: 1_000 }, (_, i) => semaphore.run(async () => i)));
    expect(results).toHaveLength(1_000);
  });
});
