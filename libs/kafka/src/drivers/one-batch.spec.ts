import { expect, it } from 'vitest';
import { OneBatch } from './one-batch.ts';

it('refuses a batch while another is under way', async () => {
  const one = new OneBatch();
  const { promise, resolve } = Promise.withResolvers<number>();
  const first = one.run(() => promise);
  await expect(one.run(async () => 2)).rejects.toThrow('under way');
  resolve(1);
  expect(await first).toBe(1);
  expect(await one.run(async () => 3)).toBe(3);
});
