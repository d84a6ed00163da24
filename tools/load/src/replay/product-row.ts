import { skuPrefixLength } from '../plan/flow-plan.ts';
import { amountOf, centsOf, wholeNumberOf, type DecimalSign } from './amounts.ts';
import type { Column, RawRow } from './columns.ts';
import { nameOf, type DatesRead } from './date-order.ts';
import type { Instants } from './dates.ts';

/** Why a row is left out. A row counts under the first that applies, in this order. */
export const skipReasons = [
  'empty-row',
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
  /** Milliseconds since the epoch; a time without a zone is UTC. */
  atMs: number;
  unitPriceCents: number;
  customerId: string;
}

/** What can't be sold, and why. */
export interface InvalidValue {
  column: Column;
  value: string;
  /** What it should be, to be read behind "expected". */
  expected: string;
}

/** How values that can be read in two ways are read in this file. */
export interface FileForms {
  order: DatesRead['order'];
  decimalSign: DecimalSign;
}

/** Limits of an order line; SKUs keep room for the prefix of a run. */
const maxSkuLength = 64 - skuPrefixLength;
const maxQuantity = 1_000_000;
const maxPriceCents = 1_000_000_000;
/** A thousand such lines still add up to an exact number. */
const maxLineCents = Number.MAX_SAFE_INTEGER / 1000;
const maxCustomerLength = 64;

export function readRow(row: RawRow, at: Instants, forms: FileForms): ProductRow | SkipReason | InvalidValue {
  if (/^c/i.test(row.InvoiceNo)) return 'credit-note';
  const quantity = amountOf(row.Quantity, forms.decimalSign);
  const price = amountOf(row.UnitPrice, forms.decimalSign);
  if (Number(quantity) <= 0) return 'non-positive-quantity';
  if (Number(price) <= 0) return 'non-positive-price';
  if (/^\D/.test(row.StockCode)) return 'non-product';
  const read = {
    invoice: row.InvoiceNo,
    sku: row.StockCode,
    quantity: wholeNumberOf(quantity ?? '') ?? Number.NaN,
    atMs: (forms.order === 'any' ? at.dmy : at[forms.order]) ?? Number.NaN,
    unitPriceCents: centsOf(price ?? '') ?? Number.NaN,
    customerId: customerOf(row.CustomerID),
  };
  const wrong = wrongColumn(read);
  return wrong ? { column: wrong, value: row[wrong], expected: expectedOf(wrong, forms) } : read;
}

/** Spreadsheets turned ids into `14075.0`; a missing one is a guest. */
function customerOf(text: string): string {
  return text.replace(/^(\d+)\.0+$/, '$1') || 'guest';
}

/** The first with a value that no order can have. */
function wrongColumn({ invoice, sku, quantity, atMs, unitPriceCents, customerId }: ProductRow): Column | undefined {
  const isValid: [Column, boolean][] = [
    ['InvoiceNo', invoice !== ''],
    ['StockCode', sku !== '' && sku.length <= maxSkuLength && !hasControl(sku)],
    ['Quantity', quantity <= maxQuantity],
    ['InvoiceDate', !Number.isNaN(atMs)],
    ['UnitPrice', unitPriceCents <= maxPriceCents && !(quantity * unitPriceCents > maxLineCents)],
    ['CustomerID', customerId.length <= maxCustomerLength && !hasControl(customerId)],
  ];
  return isValid.find(([, valid]) => !valid)?.[0];
}

function expectedOf(column: Column, { order }: FileForms): string {
  const expected: Record<Column, string> = {
    InvoiceNo: 'an invoice number',
    StockCode: `a stock code of at most ${maxSkuLength} characters, without control characters`,
    Description: 'any text',
    Quantity: `a whole number from 1 to ${maxQuantity}`,
    InvoiceDate: `a date with the ${nameOf(order)}, as the dates of this file are read`,
    UnitPrice: `a price such as 2.55, of at most ${maxPriceCents / 100}`,
    CustomerID: `a customer id of at most ${maxCustomerLength} characters, without control characters, or nothing`,
    Country: 'any text',
  };
  return expected[column];
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
