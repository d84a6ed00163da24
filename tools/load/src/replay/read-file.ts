import { createReadStream } from 'node:fs';
import { InputError } from '@sluice/kit/input-error';
import { decimalSignOf } from './amounts.ts';
import type { RawRow } from './columns.ts';
import { readCsv, type CsvFile } from './csv.ts';
import { dateOrderOf, type DatedRow } from './date-order.ts';
import { dateForms, instantsOf, type DateOrder, type Instants } from './dates.ts';
import { OrderHistoryBuilder, type OrderHistory } from './order-history.ts';
import { readRow } from './product-row.ts';
import { maxFileBytes, textOf } from './text-of.ts';

export type { OrderHistory };

export interface ReadOptions {
  /** How `3/4/2011` is read; default: what the file's dates say. */
  dates?: DateOrder;
  /** A label of the Encoding Standard; default: UTF-8 or UTF-16, whichever it is. */
  encoding?: string;
}

/** Reads an order history in the "Online Retail" format; throws an InputError that names line, column and value. */
export function readOrderHistory(path: string, options?: ReadOptions): Promise<OrderHistory> {
  return parseOrderHistory(path, createReadStream(path), options);
}

/** The same from any bytes; `name` is what errors call them. */
export async function parseOrderHistory(
  name: string,
  bytes: AsyncIterable<Buffer>,
  options: ReadOptions = {},
): Promise<OrderHistory> {
  try {
    const file = readCsv(textOf(await wholeOf(bytes), options.encoding));
    return historyOf(file, options.dates);
  } catch (error) {
    throw asInputError(name, error);
  }
}

/** All of it before the first row is read: how its dates and numbers are meant shows in its last row at times. */
async function wholeOf(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    length += chunk.length;
    if (length > maxFileBytes) throw new InputError(`the file is larger than ${maxFileBytes} bytes: split it by days`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

interface WholeRow extends DatedRow {
  values: RawRow;
}

function historyOf(file: CsvFile, wanted: DateOrder | undefined): OrderHistory {
  if (!file.hasHeader) throw new InputError('is empty');
  const known = new Map<string, Instants>();
  const rows = file.rows.map(({ line, values }) => (values ? datedRow(line, values, known) : line));
  const whole = rows.filter((row) => typeof row !== 'number');
  const dates = dateOrderOf(whole, wanted);
  const forms = { order: dates.order, decimalSign: decimalSignOf(numbersOf(whole), file.separator) };
  const history = new OrderHistoryBuilder(dates);
  history.skip('empty-row', file.emptyRows);
  for (const row of rows) {
    if (typeof row === 'number') history.skipMisshapen(row);
    else history.add(row.line, readRow(row.values, row.at, forms));
  }
  return history.finish();
}

/** A date that can't be read in any way ends the whole replay: nothing is known of when the order came. */
function datedRow(line: number, values: RawRow, known: Map<string, Instants>): WholeRow {
  const text = values.InvoiceDate;
  const at = known.get(text) ?? instantsOf(text);
  known.set(text, at);
  if (at.dmy === undefined && at.mdy === undefined) {
    const excerpt = JSON.stringify(text.slice(0, 40));
    throw new InputError(`line ${line}: InvoiceDate ${excerpt} is not a date; expected a form such as ${dateForms}`);
  }
  return { line, values, text, at };
}

function* numbersOf(rows: WholeRow[]): Generator<string> {
  for (const { values } of rows) {
    yield values.Quantity;
    yield values.UnitPrice;
  }
}

function asInputError(path: string, error: unknown): unknown {
  if (error instanceof InputError) return new InputError(withPath(path, error.message), { cause: error });
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new InputError(`${path} does not exist`);
  if (code === 'EISDIR') return new InputError(`${path} is a folder`);
  if (code === 'EACCES') return new InputError(`${path} can't be read`);
  return error;
}

function withPath(path: string, message: string): string {
  return /^(is|has) /.test(message) ? `${path} ${message}` : `${path}: ${message}`;
}
