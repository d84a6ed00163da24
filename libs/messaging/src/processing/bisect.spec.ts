import { describe, expect, it } from 'vitest';
import { AppError } from '@sluice/core';
import { bisect } from './bisect.ts';

const invalid = new AppError('invalid', 'bad', 'bad');

/** Applies numbers; a part with one of `failing` takes no effect at all. */
function effect(failing: Map<number, unknown>) {
  const applied: number[] = [];
  let attempts = 0;
  const attempt = async (part: readonly number[]): Promise<void> => {
    attempts += 1;
    for (const item of part) if (failing.has(item)) throw failing.get(item);
    applied.push(...part);
  };
  return { applied, attempt, attempts: () => attempts };
}

const items = Array.from({ length: 16 }, (_, i) => i);

describe('bisect', () => {
  it('applies a good batch in one attempt', async () => {
    const { applied, attempt, attempts } = effect(new Map());
    expect(await bisect(items, attempt)).toEqual({ rejected: [] });
    expect(applied).toEqual(items);
    expect(attempts()).toBe(1);
  });

  it('isolates what is refused, applies all others in order', async () => {
    const { applied, attempt, attempts } = effect(
      new Map([
        [5, invalid],
        [11, invalid],
      ]),
    );
    const outcome = await bisect(items, attempt);
    expect(outcome.rejected.map(({ item }) => item)).toEqual([5, 11]);
    expect(outcome.stuck).toBeUndefined();
    expect(applied).toEqual(items.filter((i) => i !== 5 && i !== 11));
    expect(attempts()).toBeLessThan(20);
  });

  it('stops at the first that may succeed later', async () => {
    const { applied, attempt } = effect(
      new Map<number, unknown>([
        [3, invalid],
        [6, new Error('later')],
        [9, invalid],
      ]),
    );
    const outcome = await bisect(items, attempt);
    expect(outcome.stuck?.item).toBe(6);
    expect(outcome.rejected.map(({ item }) => item)).toEqual([3]);
    expect(applied).toEqual([0, 1, 2, 4, 5]);
  });

  it('takes a conflict for done', async () => {
    const { applied, attempt } = effect(new Map([[2, new AppError('conflict', 'x', 'x')]]));
    expect(await bisect(items, attempt)).toEqual({ rejected: [] });
    expect(applied).toHaveLength(15);
  });

  it('passes on at once what says nothing about an item', async () => {
    const { attempt, attempts } = effect(new Map([[15, new AppError('unavailable', 'x', 'x')]]));
    await expect(bisect(items, attempt)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(attempts()).toBe(1);
  });

  it('has nothing to do for an empty batch', async () => {
    const { attempt, attempts } = effect(new Map());
    expect(await bisect([], attempt)).toEqual({ rejected: [] });
    expect(attempts()).toBe(0);
  });
});
