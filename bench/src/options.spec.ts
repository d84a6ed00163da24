import { expect, it } from 'vitest';
import { parseOptions } from './options.ts';
import type { Row } from './row.ts';

const rows: Row[] = ['send', 'consume'].map((name) => {
  return { name, title: name, unit: 'x/s', ratios: [], open: async () => ({}) };
});

it('takes rows by name, and the defaults of a thorough run', () => {
  const { named, ...options } = parseOptions(['consume'], rows);
  expect(named).toEqual([rows[1]]);
  expect(options).toEqual({ quick: false, pairs: 3, seconds: 10, repeats: 3 });
});

it('is quick on demand, save for what is asked for', () => {
  expect(parseOptions(['--quick', '--seconds', '5'], rows)).toMatchObject({ quick: true, pairs: 1, seconds: 5 });
});
