import { expect, it } from 'vitest';
import { retried } from './retried.ts';

class NotYet extends Error {}

const isNotYet = (error: unknown): boolean => error instanceof NotYet;

it('repeats what is not done yet, and passes on the result', async () => {
  let attempts = 0;
  const attempt = async () => {
    attempts += 1;
    if (attempts < 3) throw new NotYet();
    return attempts;
  };
  expect(await retried(attempt, isNotYet, 60_000)).toBe(3);
});

it('passes on another error at once, and the last one after the time', async () => {
  let attempts = 0;
  const failing = (error: Error) => async () => {
    attempts += 1;
    throw error;
  };
  await expect(retried(failing(new RangeError()), isNotYet, 60_000)).rejects.toThrow(RangeError);
  expect(attempts).toBe(1);
  await expect(retried(failing(new NotYet()), isNotYet, 0)).rejects.toThrow(NotYet);
});
