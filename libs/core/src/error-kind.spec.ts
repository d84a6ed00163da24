import { describe, expect, it } from 'vitest';
import { isMissingInDatabase, isStaleSession, kindOf } from './error-kind.ts';
import { AppError, OutcomeUnknown, type ErrorKind } from './errors.ts';

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

const stalePlan = Object.assign(coded('0A000'), { routine: 'RevalidateCachedQuery' });

const cases: [string, unknown, ErrorKind | undefined][] = [
  ['an unavailable error', new AppError('unavailable', 'x', 'x'), 'unavailable'],
  ['an invalid error', new AppError('invalid', 'x', 'x'), 'invalid'],
  ['a conflict', new AppError('conflict', 'x', 'x'), 'conflict'],
  ['something not found', new AppError('not-found', 'x', 'x'), 'not-found'],
  ['a lost connection to PostgreSQL', coded('08006'), 'unavailable'],
  ['an administrator shutdown', coded('57P01'), 'unavailable'],
  ['too many connections', coded('53300'), 'unavailable'],
  ['a full disk', coded('53100'), 'unavailable'],
  ['a serialization failure', coded('40001'), 'unavailable'],
  ['a deadlock', coded('40P01'), 'unavailable'],
  ['a lock timeout', coded('55P03'), 'unavailable'],
  ['a statement timeout', coded('57014'), 'unavailable'],
  ['an idle transaction that was ended', coded('25P03'), 'unavailable'],
  ['a role that may not log in', coded('28000'), 'unavailable'],
  ['a wrong password', coded('28P01'), 'unavailable'],
  ['a database that is not there', coded('3D000'), 'unavailable'],
  ['an object in the wrong state', coded('55000'), undefined],
  ['a feature that is not supported', coded('0A000'), undefined],
  ['a plan of the time before a column changed', stalePlan, 'unavailable'],
  ['a prepared statement that is gone', coded('26000'), 'unavailable'],
  ['a missing table', coded('42P01'), undefined],
  ['a unique violation', coded('23505'), undefined],
  ['a check violation', coded('23514'), undefined],
  ['a NUL in a text', coded('22021'), undefined],
  ['a refused connection', coded('ECONNREFUSED'), 'unavailable'],
  ['a reset connection', coded('ECONNRESET'), 'unavailable'],
  ['an unknown host', coded('ENOTFOUND'), 'unavailable'],
  ["undici's socket error", coded('UND_ERR_SOCKET'), 'unavailable'],
  ["nodemailer's connection error", coded('ECONNECTION'), 'unavailable'],
  ["pg's pool timeout", new Error('timeout exceeded when trying to connect'), 'unavailable'],
  ["pg's broken connection", new Error('Connection terminated unexpectedly'), 'unavailable'],
  ['a lost answer to COMMIT', new OutcomeUnknown('x', { cause: coded('08006') }), 'outcome-unknown'],
  ['an I/O error of the server', coded('58030'), 'unavailable'],
  ['a transaction that took too long', coded('25P04'), 'unavailable'],
  ['a database that became read-only', coded('25006'), 'unavailable'],
  ["TypeORM's wrapper", Object.assign(new Error('x'), { driverError: coded('57P01') }), 'unavailable'],
  ['an aggregate of refused connections', new AggregateError([coded('ECONNREFUSED')]), 'unavailable'],
  ['a wrapped cause', new Error('query failed', { cause: coded('57P03') }), 'unavailable'],
  ['a wrapped application error', new Error('x', { cause: new AppError('invalid', 'x', 'x') }), 'invalid'],
  ['a defect', new TypeError('undefined is not a function'), undefined],
  ['something that is no error', 'boom', undefined],
  ['nothing', undefined, undefined],
];

describe('kindOf', () => {
  it.each(cases)('%s', (_, error, kind) => {
    expect(kindOf(error)).toBe(kind);
  });

  it('survives causes that form a ring', () => {
    const error = new Error('a');
    error.cause = error;
    expect(kindOf(error)).toBeUndefined();
  });
});

describe('isStaleSession', () => {
  it.each([
    ['a read-only session', coded('25006'), true],
    ["TypeORM's wrapper of a stale plan", Object.assign(new Error('x'), { driverError: stalePlan }), true],
    ['what is not supported', coded('0A000'), false],
    ['a lost connection', coded('08006'), false],
    ['an answer that was lost in such a session', new OutcomeUnknown('x', { cause: stalePlan }), false],
  ])('%s', (_, error, isStale) => expect(isStaleSession(error)).toBe(isStale));
});

describe('isMissingInDatabase', () => {
  it.each([
    ['a table', coded('42P01'), true],
    ['a right', new Error('x', { cause: coded('42501') }), true],
    ['a column', coded('42703'), true],
    ['a value that is not unique', coded('23505'), false],
    ['a connection', coded('08006'), false],
    [
      'what the application says about a missing table',
      new AppError('invalid', 'x', 'x', { cause: coded('42P01') }),
      false,
    ],
  ])('%s', (_, error, isMissing) => expect(isMissingInDatabase(error)).toBe(isMissing));
});
