import Table from 'cli-table3';
import { comparison } from './rows.ts';
import type { Result } from './result.ts';

/** The comparison as plain text: a line per figure, a column per flow. */
export function comparisonTable({ flows }: Result): string {
  const names = Object.keys(flows) as (keyof typeof flows)[];
  const table = new Table({ head: ['', ...names], style: { head: [], border: [], compact: true } });
  for (const { label, of } of comparison) table.push([label, ...names.map((name) => of(flows[name]!))]);
  return table.toString();
}
