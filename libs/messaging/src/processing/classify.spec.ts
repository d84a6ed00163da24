import { AppError, OutcomeUnknown } from '@sluice/core';
import { describe, expect, it } from 'vitest';
import { classify, type Verdict } from './classify.ts';

const cases: [string, unknown, Verdict][] = [
  ['waits for what is unavailable', new AppError('unavailable', 'x', 'x'), 'unavailable'],
  ['runs again what may have been committed', new OutcomeUnknown('x'), 'unavailable'],
  ['refuses what is invalid', new AppError('invalid', 'x', 'x'), 'invalid'],
  ['acknowledges what was done before', new AppError('conflict', 'x', 'x'), 'done'],
  ['retries what is not there yet', new AppError('not-found', 'x', 'x'), 'retry'],
  ['retries a handler that sat idle', Object.assign(new Error('x'), { code: '25P03' }), 'retry'],
  ['waits for a lock', Object.assign(new Error('x'), { code: '55P03' }), 'unavailable'],
  ['waits for a slow statement', Object.assign(new Error('x'), { code: '57014' }), 'unavailable'],
  ['retries a defect', new TypeError('x'), 'retry'],
];

describe('classify', () => {
  it.each(cases)('%s', (_, error, verdict) => expect(classify(error)).toBe(verdict));
});
