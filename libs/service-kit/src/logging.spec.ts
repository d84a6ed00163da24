import { AppError } from '@sluice/core';
import { thrownThings } from '@sluice/core/testing';
import { describe, expect, it } from 'vitest';
import { createLogger, nestLogger } from './logging.ts';

describe('the log', () => {
  it.each(thrownThings())('has a line about %s that was thrown', async (_, thrown) => {
    const lines: string[] = [];
    const logger = await createLogger({ service: 's', logLevel: 'info' }, { write: (line) => void lines.push(line) });
    logger.error({ err: thrown }, 'it failed');
    nestLogger(logger).error({ err: thrown }, 'it failed again', 'Consumer');
    const logged = lines.map((line) => JSON.parse(line) as { msg: string; err?: { message: string } });
    expect(logged.map(({ msg }) => msg)).toEqual(['it failed', 'it failed again']);
    if (thrown !== undefined) expect(logged.map(({ err }) => typeof err?.message)).toEqual(['string', 'string']);
  });

  const ann = /ann/i;
  const key = 'Key (email)=(ann@example.com) already exists.';
  const duplicate = Object.assign(new Error('duplicate key value violates unique constraint "orders_email"'), {
    ...{ code: '23505', constraint: 'orders_email', detail: key, where: key, name: 'error' },
  });
  const refused = Object.assign(
    new Error("Can't send mail - all recipients were rejected: 450 <ann@example.com> busy"),
    {
      ...{
        code: 'EENVELOPE',
        responseCode: 450,
        command: 'RCPT TO',
        response: '450 <ann@example.com>',
        rejected: [ann],
      },
    },
  );
  const failures: [string, Error, object][] = [
    [
      'a row',
      duplicate,
      {
        code: '23505',
        constraint: 'orders_email',
        message: 'duplicate key value violates unique constraint orders_email',
      },
    ],
    [
      "TypeORM's wrapper of it",
      Object.assign(new Error('x', { cause: duplicate }), { query: 'insert', parameters: ['ann@example.com'] }),
      { type: 'Error', code: '23505', message: 'x: duplicate key value violates unique constraint orders_email' },
    ],
    ['a value', Object.assign(new Error('invalid input syntax for type uuid: "Ann Lee"'), { code: '22P02' }), {}],
    ['an address', refused, { responseCode: 450, command: 'RCPT TO', code: 'EENVELOPE' }],
    [
      'an outage that tells an address',
      new AppError('unavailable', 'mail-provider-unavailable', refused.message, { cause: refused }),
      { kind: 'unavailable', code: 'mail-provider-unavailable', responseCode: 450 },
    ],
    [
      'a socket',
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:5432'), { address: '10.0.0.1', port: 5432 }),
      { address: '10.0.0.1', port: 5432 },
    ],
  ];
  it.each(failures)('has what helps with an error about %s, and none of its values', async (_, error, expected) => {
    const lines: string[] = [];
    const logger = await createLogger({ service: 's', logLevel: 'info' }, { write: (line) => void lines.push(line) });
    logger.warn({ err: error }, 'it failed');
    logger.error(error);
    nestLogger(logger).error(error, 'http');
    nestLogger(logger).warn({ err: error, msg: 'Service unavailable' }, 'http');
    nestLogger(logger).warn({ err: error }, 'http');
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(line).not.toMatch(ann);
      const { err } = JSON.parse(line) as { err: { stack: string } };
      expect(err).toMatchObject(expected);
      expect(err.stack).toContain('logging.spec');
    }
  });
});
