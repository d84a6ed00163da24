import { integerArray, textArray, timestampArray, uuidArray } from '@sluice/messaging';
import { describe, expect, it } from 'vitest';
import { columns } from './statement.ts';

describe('columns', () => {
  it('makes an array of each named column, in the order of the types', () => {
    const id = '0192f1c4-7a10-7cc3-8f5e-0d9f4b6a2e11';
    const at = new Date();
    const rows: { id: string; n: number; reason?: string; at: Date; other: object }[] = [
      { id, n: 1, at, other: {} },
      { id, n: 2, at, other: {}, reason: 'x' },
    ];
    expect(columns(rows, { at: 'timestamptz', id: 'uuid', n: 'int', reason: 'text' })).toEqual([
      timestampArray([at, at]),
      uuidArray([id, id]),
      integerArray([1, 2]),
      textArray([undefined, 'x']),
    ]);
  });
});
