import { plainTable } from '@sluice/kit/plain-table';
import { comparison } from './comparison.ts';
import type { Result } from './result.ts';

/** The comparison as plain text: a line per figure, a column per flow. */
export function comparisonTable({ flows }: Result): string {
  const names = Object.keys(flows) as (keyof typeof flows)[];
  return plainTable(
    ['', ...names],
    comparison.map(({ label, of }) => [label, ...names.map((name) => of(flows[name]!))]),
  );
}
