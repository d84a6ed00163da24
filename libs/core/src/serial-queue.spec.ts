import { describe, expect, it } from 'vitest';
import { OneBatch, SerialQueue } from './serial-queue.ts';

describe('SerialQueue', () => {
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
});

describe('OneBatch', () => {
  it('refuses a batch while another is under way', async () => {
    const one = new OneBatch();
    const { promise, resolve } = Promise.withResolvers<number>();
    const first = one.run(() => promise);
    await expect(one.run(async () => 2)).rejects.toThrow('under way');
    resolve(1);
    expect(await first).toBe(1);
    expect(await one.run(async () => 3)).toBe(3);
  });
});
