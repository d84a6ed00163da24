import { expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';

it('doubles from half a second up to ten seconds', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 100].map(backoffMs)).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
});
