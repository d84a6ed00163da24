import { InputError } from '@sluice/kit/input-error';

/** Columns of the "Online Retail" format; all must be there, in any order, others are ignored. */
export const columns = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
  'Country',
] as const;
export type Column = (typeof columns)[number];
export type RawRow = Record<Column, string>;

export const separators = [',', ';', '\t'] as const;
export type Separator = (typeof separators)[number];

/** Where each column stands in a row. */
export type Positions = Record<Column, number>;

const keys = new Map(columns.map((column) => [keyOf(column), column]));

/** `Customer ID`, `customer_id` and `CUSTOMERID` are one column. */
function keyOf(name: string): string {
  return name.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();
}

function columnsIn(names: string[]): Column[] {
  return names.flatMap((name) => keys.get(keyOf(name)) ?? []);
}

/** The one that makes most columns of the header; a comma when that leaves a choice. */
export function separatorOf(header: string): Separator {
  const found = separators.map((separator) => columnsIn(header.split(separator)).length);
  return separators[found.indexOf(Math.max(...found))] ?? ',';
}

/** Throws when a column is missing, or there twice. `line` is where the header stands. */
export function positionsOf(header: string[], line: number): Positions {
  const found = columnsIn(header);
  const missing = columns.filter((column) => !found.includes(column));
  const twice = columns.filter((column) => found.indexOf(column) !== found.lastIndexOf(column));
  const expected = `expected ${columns.join(', ')}, separated by comma, semicolon or tab`;
  const has = `the header has ${header.map((name) => JSON.stringify(name.slice(0, 40))).join(', ')}`;
  if (missing.length > 0) throw new InputError(`line ${line}: ${named(missing)} missing: ${expected}; ${has}`);
  if (twice.length > 0) throw new InputError(`line ${line}: ${named(twice)} twice: ${has}`);
  const names = header.map((name) => keys.get(keyOf(name)));
  return Object.fromEntries(columns.map((column) => [column, names.indexOf(column)])) as Positions;
}

function named(list: Column[]): string {
  return `column${list.length > 1 ? 's' : ''} ${list.join(', ')}`;
}
