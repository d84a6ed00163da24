import { describe, expect, it } from 'vitest';
import { isUnavailable } from './error-kind.ts';
import { AppError, errorOf, messageOf, OutcomeUnknown } from './errors.ts';
import { thrownThings } from './testing/thrown-things.ts';

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

describe('errorOf', () => {
  it.each(thrownThings())('makes something readable of %s', (_, thrown) => {
    const error = errorOf(thrown);
    expect([typeof error.name, typeof error.message, typeof error.stack]).toEqual(['string', 'string', 'string']);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).not.toBe('');
    expect(messageOf(thrown)).toBe(error.message);
    expect(isUnavailable(thrown)).toBe(false);
  });

  it('is the same error when that can be read, and keeps the message of what only looks like one', () => {
    const error = new AppError('invalid', 'x', 'x');
    expect(errorOf(error)).toBe(error);
    expect(errorOf({ name: 'Odd', message: 'looks like one' })).toMatchObject({
      name: 'Odd',
      message: 'looks like one',
    });
  });

  it('survives an aggregate that contains itself', () => {
    const ring = new AggregateError([], '');
    ring.errors.push(ring, new Error('a'));
    expect(messageOf(ring)).toContain('a');
  });
});
