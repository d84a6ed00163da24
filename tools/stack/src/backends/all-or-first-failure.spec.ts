import { expect, it } from 'vitest';
import { allOrFirstFailure } from './all-or-first-failure.ts';

it('gives all results in order', async () => {
  expect(await allOrFirstFailure(Promise.resolve(1), Promise.resolve('two'))).toEqual([1, 'two']);
});

it('rejects only when the others have ended too', async () => {
  let end = (): void => undefined;
  let isRejected = false;
  const slow = new Promise<void>((resolve) => (end = resolve));
  const all = allOrFirstFailure(Promise.reject(new Error('first')), slow).catch((error: unknown) => {
    isRejected = true;
    return error;
  });
  await new Promise(setImmediate);
  expect(isRejected).toBe(false);
  end();
  expect(await all).toEqual(new Error('first'));
});
