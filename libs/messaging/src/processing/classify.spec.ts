import { AppError, OutcomeUnknown } from '@sluice/core';
import { describe, expect, it } from 'vitest';
import { classify, type Verdict } from './classify.ts';

const cases: [string, unknown, Verdict][] = [
  ['waits for what is unavailable', new AppError('unavailable', 'x', 'x'), 'unavailable'],
  ['runs again what may have been committed', new OutcomeUnknown('x'), 'unavailable'],
  ['refuses what is invalid', new AppError('invalid', 'x', 'x'), 'invalid'],
  ['acknowledges what was done before', new AppError('conflict', 'x', 'x'), 'done'],
  ['retries what is not there yet', new AppError('not-found', 'x', 'x'), 'retry'],
  ['retries a defect', new TypeError('x'), 'retry'],
];

describe('classify', () => {
  it.each(cases)('%s', (_, error, verdict) => expect(classify(error)).toBe(verdict));
});
