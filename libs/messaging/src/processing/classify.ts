import { isIdleInTransaction, kindOf } from '@sluice/core';

/**
 * What a consumer does about an error:
 * - `unavailable`: wait and run the batch again, for ever; nothing is counted
 * - `invalid`: dead letter at once
 * - `done`: acknowledge, the effect took place some other way
 * - `retry`: defer and try again, or in place where that is impossible; dead letter after the last attempt
 */
export type Verdict = 'unavailable' | 'invalid' | 'done' | 'retry';

const verdicts = {
  unavailable: 'unavailable',
  // Run again: the inbox knows whether it was committed.
  'outcome-unknown': 'unavailable',
  invalid: 'invalid',
  conflict: 'done',
  'not-found': 'retry',
} as const;

export function classify(error: unknown): Verdict {
  const kind = kindOf(error);
  return kind === undefined || isIdleInTransaction(error) ? 'retry' : verdicts[kind];
}
