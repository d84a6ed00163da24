import { classify, type Verdict } from './classify.ts';

export interface Failure<T> {
  item: T;
  error: unknown;
}

/** How far a batch got. What is in neither list took effect, except for what follows `stuck`: that was not tried. */
export interface Outcome<T> {
  /** Can never take effect. */
  rejected: Failure<T>[];
  /** The first item that may succeed later; order forbids to go past it. */
  stuck?: Failure<T>;
}

/** What became of an item that was tried alone. Rethrows `unavailable`, which says nothing about the item. */
export function judge<T>(item: T, error: unknown): Outcome<T> {
  const verdict: Verdict = classify(error);
  if (verdict === 'unavailable') throw error;
  if (verdict === 'retry') return { rejected: [], stuck: { item, error } };
  return { rejected: verdict === 'invalid' ? [{ item, error }] : [] };
}

/** One after the other, unless the first gets stuck. */
export async function inOrder<T>(
  parts: readonly (readonly T[])[],
  run: (part: readonly T[]) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const rejected: Failure<T>[] = [];
  for (const part of parts) {
    const outcome = await run(part);
    rejected.push(...outcome.rejected);
    if (outcome.stuck) return { rejected, stuck: outcome.stuck };
  }
  return { rejected };
}

export function halves<T>(items: readonly T[]): [T[], T[]] {
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)];
}

/**
 * Finds the bad items of a batch by halving it. When `attempt` rejects, the halves must be able to start from the same
 * state: it works inside a savepoint, or is idempotent.
 */
export async function bisect<T>(
  items: readonly T[],
  attempt: (part: readonly T[]) => Promise<void>,
): Promise<Outcome<T>> {
  const [first] = items;
  if (first === undefined) return { rejected: [] };
  try {
    await attempt(items);
    return { rejected: [] };
  } catch (error) {
    if (items.length === 1) return judge(first, error);
    if (classify(error) === 'unavailable') throw error;
    return inOrder(halves(items), (half) => bisect(half, attempt));
  }
}
