import { describe, expect, it } from 'vitest';
import { AppError, messageOf, OutcomeUnknown } from './errors.ts';

describe('AppError', () => {
  it('asks to try again in a second when something is unavailable, unless it is told otherwise', () => {
    expect(new AppError('unavailable', 'x', 'x').retryAfterSeconds).toBe(1);
    expect(new AppError('unavailable', 'x', 'x', { retryAfterSeconds: 3 }).retryAfterSeconds).toBe(3);
    expect(new AppError('invalid', 'x', 'x').retryAfterSeconds).toBeUndefined();
  });

  it('keeps its details and its cause', () => {
    const cause = new Error('why');
    const error = new OutcomeUnknown('x', { cause, details: { id: 1 } });
    expect(error).toMatchObject({ kind: 'outcome-unknown', code: 'outcome-unknown', details: { id: 1 }, cause });
  });
});

describe('messageOf', () => {
  it.each([
    [new Error('a'), 'a'],
    ['a', 'a'],
    [undefined, 'undefined'],
    [new AggregateError([new Error('a'), 'b']), 'a, b'],
    [new AggregateError([new Error('a')], 'both'), 'both'],
  ])('of %s', (error, message) => {
    expect(messageOf(error)).toBe(message);
  });
});
