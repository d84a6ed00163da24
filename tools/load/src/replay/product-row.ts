import { InputError } from '@sluice/kit/input-error';
import { skuPrefixLength } from '../plan/flow-plan.ts';
import { centsOf, instantOf, wholeNumberOf } from './values.ts';

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
export type RawRow = Record<(typeof columns)[number], string>;

/** Why a row is left out. A row counts under the first that applies, in this order. */
export const skipReasons = [
  'credit-note',
  'non-positive-quantity',
  'non-positive-price',
  'non-product',
  'invalid-row',
  'too-many-lines',
] as const;
export type SkipReason = (typeof skipReasons)[number];

export interface ProductRow {
  invoice: string;
  sku: string;
  quantity: number;
  /** Milliseconds since the epoch, the file's times read as UTC. */
  atMs: number;
  unitPriceCents: number;
  customerId: string;
}

/** Limits of an order line; SKUs keep room for the prefix of a run. */
const maxSkuLength = 64 - skuPrefixLength;
const maxQuantity = 1_000_000;
const maxPriceCents = 1_000_000_000;
/** A thousand such lines still add up to an exact number. */
const maxLineCents = Number.MAX_SAFE_INTEGER / 1000;
const maxCustomerLength = 64;

/** Reads one row; `line` is where it stands in the file. A date that can't be read ends the whole replay. */
export function readRow(raw: RawRow, line: number): ProductRow | Exclude<SkipReason, 'too-many-lines'> {
  const atMs = instantOf(raw.InvoiceDate);
  if (atMs === undefined) throw new InputError(`line ${line}: InvoiceDate ${quoted(raw.InvoiceDate)} is not a date`);
  if (/^c/i.test(raw.InvoiceNo)) return 'credit-note';
  if (isNumber(raw.Quantity) && Number(raw.Quantity) <= 0) return 'non-positive-quantity';
  if (isNumber(raw.UnitPrice) && Number(raw.UnitPrice) <= 0) return 'non-positive-price';
  if (/^\D/.test(raw.StockCode)) return 'non-product';
  const quantity = wholeNumberOf(raw.Quantity);
  const unitPriceCents = centsOf(raw.UnitPrice);
  const customerId = customerOf(raw.CustomerID);
  const invalid =
    raw.InvoiceNo === '' ||
    raw.StockCode === '' ||
    raw.StockCode.length > maxSkuLength ||
    quantity === undefined ||
    quantity > maxQuantity ||
    unitPriceCents === undefined ||
    unitPriceCents > maxPriceCents ||
    quantity * unitPriceCents > maxLineCents ||
    customerId.length > maxCustomerLength ||
    hasControl(raw.StockCode + customerId);
  if (invalid) return 'invalid-row';
  return { invoice: raw.InvoiceNo, sku: raw.StockCode, quantity, atMs, unitPriceCents, customerId };
}

/** Spreadsheets turned ids into `14075.0`; a missing one is a guest. */
function customerOf(text: string): string {
  return text.replace(/^(\d+)\.0+$/, '$1') || 'guest';
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(\.\d*)?$/.test(text);
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
