import type { AppError } from '@sluice/core';
import { isRefusal } from '../drivers/refusals.ts';
import type { Outcome } from './accumulator.ts';
import { isNotSent } from './refused-records.ts';

/** What a caller sends; order matters within a topic's key. */
export interface Keyed {
  readonly topic: string;
  readonly key: string;
}

export interface Refusal<T> {
  item: T;
  error: AppError;
}

/**
 * Sends in order, and again what was held back because of something refused. What follows a refused item of the same key is
 * left for later. Failures that say nothing about a record are passed on.
 */
export async function sendInOrder<T extends Keyed>(
  items: readonly T[],
  send: (items: readonly T[]) => Promise<readonly Outcome[]>,
): Promise<Refusal<T>[]> {
  const refusals: Refusal<T>[] = [];
  const held = new Set<string>();
  for (let rest = items; rest.length > 0;) {
    const outcomes = await send(rest);
    const left: T[] = [];
    for (const [index, item] of rest.entries()) {
      const outcome = outcomes[index];
      if (isRefusal(outcome)) {
        refusals.push({ item, error: outcome });
        held.add(keyOf(item));
      } else if (isNotSent(outcome)) left.push(item);
      else if (outcome instanceof Error) throw outcome;
    }
    rest = left.filter((item) => !held.has(keyOf(item)));
  }
  return refusals;
}

function keyOf({ topic, key }: Keyed): string {
  return `${topic} ${key}`;
}
