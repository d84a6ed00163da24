import { expect, it } from 'vitest';
import { headerOf } from './header-of.ts';

it('finds the first header of a name, and nothing where that has no value', () => {
  const headers = (['a', 'b', 'b', 'c', 'c'] as const).map(
    (name, i) => [name, i === 3 ? null : Buffer.from([i])] as const,
  );
  expect(['a', 'b', 'c', 'd'].map((name) => headerOf(headers, name))).toEqual([
    Buffer.from([0]),
    Buffer.from([1]),
    undefined,
    undefined,
  ]);
});
