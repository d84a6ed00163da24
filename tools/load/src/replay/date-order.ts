import { dateOrders, type DateOrder, type Instants } from './dates.ts';

/** How the dates of a file were read, and why. */
export interface DatesRead {
  order: DateOrder | 'any';
  /** A sentence without its full stop. */
  why: string;
}

export interface DatedRow {
  line: number;
  text: string;
  at: Instants;
}

const names: Record<DateOrder, string> = { dmy: 'day first', mdy: 'month first' };

export function nameOf(order: DatesRead['order']): string {
  return order === 'any' ? 'as they are' : names[order];
}

/**
 * A date that fits only one order decides for the file: the order of most such dates, of the first when that leaves a
 * choice. Without one it is the order in which the rows span less time, and month first, as in the original file, when
 * both span the same.
 */
export function dateOrderOf(rows: DatedRow[], wanted?: DateOrder): DatesRead {
  if (wanted) return { order: wanted, why: `--dates ${wanted} was given` };
  const only = (order: DateOrder, other: DateOrder): DatedRow[] =>
    rows.filter(({ at }) => at[order] !== undefined && at[other] === undefined);
  const decisive = { dmy: only('dmy', 'mdy'), mdy: only('mdy', 'dmy') };
  if (decisive.dmy.length + decisive.mdy.length > 0) return decided(decisive);
  if (rows.every(({ at }) => at.dmy === at.mdy)) return { order: 'any', why: 'none of them can be read in two ways' };
  return shorter(rows);
}

function decided(decisive: Record<DateOrder, DatedRow[]>): DatesRead {
  const firstLine = (order: DateOrder): number => decisive[order][0]?.line ?? Number.POSITIVE_INFINITY;
  const [order, other] = dateOrders.toSorted(
    (a, b) => decisive[b].length - decisive[a].length || firstLine(a) - firstLine(b),
  ) as [DateOrder, DateOrder];
  const [first] = decisive[order];
  const against = decisive[other].length;
  const more = against > 0 ? `, as ${decisive[order].length} dates do and ${against} do not` : '';
  return { order, why: `line ${first?.line} has ${JSON.stringify(first?.text)}, which fits only that${more}` };
}

function shorter(rows: DatedRow[]): DatesRead {
  const [dmy, mdy] = dateOrders.map((order) => spanMs(rows.map(({ at }) => at[order] ?? Number.NaN))) as [
    number,
    number,
  ];
  if (dmy === mdy) return { order: 'mdy', why: 'the rows span the same time in both orders, and the original has it' };
  const order = dmy < mdy ? 'dmy' : 'mdy';
  const [less, more] = [Math.min(dmy, mdy), Math.max(dmy, mdy)].map((ms) => (ms / 86_400_000).toFixed(1));
  return { order, why: `all dates fit both orders, and the rows span ${less} days then in place of ${more}` };
}

/** From the first moment to the last. Not by `Math.max(...all)`, which a large file would overflow. */
function spanMs(moments: number[]): number {
  const first = moments.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  return moments.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - first;
}
