import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase, type TestDatabase } from './database.ts';
import { bigintArray, integerArray, textArray, timestampArray, uuidArray } from '../src/postgres/arrays.ts';

describe('arrays in the binary format', () => {
  let db: TestDatabase;

  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db[Symbol.asyncDispose]());

  async function read(type: string, value: unknown): Promise<unknown> {
    const { rows } = await db.pool.query<{ value: unknown }>(`select $1::${type}[] as value`, [value]);
    return rows[0]?.value;
  }

  const uuids = [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11',
  ];
  const texts = ['', 'a', 'NULL', '{"\\,}', 'ä', '☃'.repeat(100), 'x'.repeat(70_000), '😀', null, undefined];
  const times = [
    '1999-12-31T23:59:59.999Z',
    '2000-01-01T00:00:00.000Z',
    '2026-11-28T04:05:06.789Z',
    '9999-12-31T23:59:59.999Z',
  ];

  it.for([
    { type: 'uuid', values: uuids, binary: uuidArray(uuids) },
    {
      type: 'integer',
      values: [0, -1, 2 ** 31 - 1, -(2 ** 31)],
      binary: integerArray([0, -1, 2 ** 31 - 1, -(2 ** 31)]),
    },
    {
      type: 'bigint',
      values: [0, -1, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, '9223372036854775807'],
      binary: bigintArray([
        ...[0, -1, 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, '9223372036854775807'],
      ]),
    },
    { type: 'text', values: texts, binary: textArray(texts) },
    { type: 'timestamptz', values: times, binary: timestampArray(times.map((time) => new Date(time))) },
  ])('are what pg makes of the same values, $type', async ({ type, values, binary }) => {
    expect(await read(type, binary)).toEqual(await read(type, values));
  });

  it('may be empty', async () => {
    const all: [type: string, make: (values: never[]) => Buffer][] = [
      ['uuid', uuidArray],
      ['text', textArray],
      ['integer', integerArray],
      ['bigint', bigintArray],
    ];
    for (const [type, make] of all) expect(await read(type, make([]))).toEqual([]);
  });

  it.each([
    '',
    '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e1',
    '0192f1c4-7a10-7cc3x8f5e-0d9f4b6a2e11',
    '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e1g',
    'x'.repeat(36),
  ])('refuse what is no UUID: %j', (value) => {
    expect(() => uuidArray([value])).toThrow(TypeError);
  });

  it('refuse what their type does not hold', () => {
    for (const value of [2 ** 31, 1.5, Number.NaN]) expect(() => integerArray([value])).toThrow(RangeError);
    for (const value of [2 ** 53, 0.5, '9223372036854775808']) expect(() => bigintArray([value])).toThrow(RangeError);
    expect(() => timestampArray([new Date(Number.NaN)])).toThrow(RangeError);
  });

  it('leave it to PostgreSQL to refuse a text that it can not store', async () => {
    const refusal: unknown = await read('text', textArray(['\u0000'])).catch((error: unknown) => error);
    expect((refusal as pg.DatabaseError).code).toBe('22021');
  });
});
