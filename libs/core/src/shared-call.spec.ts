import { expect, it } from 'vitest';
import { sharedCall } from './shared-call.ts';

it('is made once for all who call meanwhile, and again when it has ended', async () => {
  const ends: PromiseWithResolvers<number>[] = [];
  const shared = sharedCall(() => {
    const end = Promise.withResolvers<number>();
    ends.push(end);
    return end.promise;
  });
  const first = [shared(), shared()];
  expect(ends).toHaveLength(1);
  ends[0]?.resolve(1);
  expect(await Promise.all(first)).toEqual([1, 1]);
  const second = shared();
  ends[1]?.reject(new Error('failed'));
  await expect(second).rejects.toThrow('failed');
  const third = shared();
  ends[2]?.resolve(3);
  expect(await third).toBe(3);
});
