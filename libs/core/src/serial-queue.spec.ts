import { expect, it } from 'vitest';
import { SerialQueue } from './serial-queue.ts';

it('begins each piece of work when the one before it has ended, however that ended', async () => {
  const queue = new SerialQueue();
  const { promise, reject } = Promise.withResolvers<void>();
  const began: string[] = [];
  const first = queue.run(() => promise);
  const second = queue.run(async () => began.push('second'));
  const third = queue.run(async () => began.push('third'));
  expect(began).toEqual([]);
  reject(new Error('no'));
  await expect(first).rejects.toThrow('no');
  await Promise.all([second, third]);
  expect(began).toEqual(['second', 'third']);
});
