import { BadRequestException, NotFoundException } from '@nestjs/common';
import { AppError, OutcomeUnknown } from '@sluice/core';
import { describe, expect, it } from 'vitest';
import { problemBody, ProblemException, toProblem } from './problem.ts';

describe('toProblem', () => {
  it.each([
    ['invalid', 422],
    ['not-found', 404],
    ['conflict', 409],
    ['unavailable', 503],
  ] as const)('answers the error kind %s with %i', (kind, status) => {
    expect(toProblem(new AppError(kind, 'some-code', 'why'))).toMatchObject({
      status,
      code: 'some-code',
      detail: 'why',
    });
  });

  it('sends Retry-After with what is unavailable', () => {
    expect(toProblem(new AppError('unavailable', 'busy', 'later')).headers).toEqual({ 'retry-after': '1' });
    const slower = new AppError('unavailable', 'busy', 'later', { retryAfterSeconds: 2.5 });
    expect(toProblem(slower).headers).toEqual({ 'retry-after': '3' });
  });

  it('adds the details as members but never lets them replace the standard ones', () => {
    const error = new AppError('conflict', 'stock-rejected', 'no', {
      details: { orderId: 'o-1', status: 'X', type: 'y' },
    });
    expect(problemBody(toProblem(error))).toEqual({
      type: 'https://sluice.dev/problems/stock-rejected',
      title: 'Conflict',
      status: 409,
      code: 'stock-rejected',
      detail: 'no',
      orderId: 'o-1',
    });
  });

  it('keeps the status of HTTP exceptions', () => {
    expect(toProblem(new NotFoundException('Cannot GET /x'))).toMatchObject({ status: 404, code: 'not-found' });
    expect(toProblem(new BadRequestException('Unexpected token'))).toMatchObject({ status: 400, code: 'bad-request' });
    const gone = new ProblemException(504, 'deadline-passed', 'too late', { orderId: 'o-1' });
    expect(toProblem(gone)).toMatchObject({ status: 504, code: 'deadline-passed', details: { orderId: 'o-1' } });
  });

  it('says nothing about the cause of an unexpected error, and has it logged', () => {
    const problem = toProblem(new Error('password of the database is hunter2'));
    expect(problem).toMatchObject({ status: 500, code: 'internal-error', log: 'error' });
    expect(JSON.stringify(problemBody(problem))).not.toContain('hunter2');
  });

  it.each([
    ['08006', 503],
    ['57P01', 503],
    ['57014', 503],
    ['40P01', 503],
    ['55P03', 503],
    ['25P03', 503],
    ['ECONNREFUSED', 503],
    ['22021', 400],
    ['23505', 500],
    ['42P01', 503],
    ['42501', 503],
    ['42703', 503],
    ['42601', 500],
  ])('answers the database error %s with %i', (code, status) => {
    expect(toProblem(Object.assign(new Error('x'), { code })).status).toBe(status);
    expect(
      toProblem(Object.assign(new Error('wrapped'), { driverError: Object.assign(new Error('x'), { code }) })).status,
    ).toBe(status);
  });

  it('has an incomplete deployment logged as an error, and an outage as a warning', () => {
    const coded = (code: string) => Object.assign(new Error('x'), { code });
    expect([coded('42P01'), coded('57P01')].map((error) => toProblem(error).log)).toEqual(['error', 'warn']);
  });

  it('answers 504 when the answer to COMMIT was lost', () => {
    const lost = new OutcomeUnknown('x', { cause: new Error('Connection terminated unexpectedly') });
    expect(toProblem(lost)).toMatchObject({ status: 504, code: 'outcome-unknown' });
  });

  it('takes a refused connection on every address for an outage', () => {
    const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    expect(toProblem(new AggregateError([refused])).status).toBe(503);
    expect(toProblem(new Error('timeout exceeded when trying to connect')).status).toBe(503);
  });

  it('passes on the status of fastify errors that blame the caller, and only those', () => {
    const tooLarge = Object.assign(new Error('Request body is too large'), {
      code: 'FST_ERR_CTP_BODY_TOO_LARGE',
      statusCode: 413,
    });
    expect(toProblem(tooLarge)).toMatchObject({ status: 413, code: 'payload-too-large' });
    expect(toProblem(Object.assign(new Error('x'), { code: 'FST_X', statusCode: 500 })).status).toBe(500);
  });
});
