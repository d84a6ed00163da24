import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse, type Options } from 'csv-parse';
import { InputError } from '@sluice/kit/input-error';
import { columns, readRow, skipReasons, type ProductRow, type RawRow, type SkipReason } from './product-row.ts';
import { utf8Lines } from './utf8-lines.ts';

const maxLines = 1000;

export interface Invoice {
  invoice: string;
  customerId: string;
  /** Of its first row, milliseconds since the epoch. */
  atMs: number;
  lines: { sku: string; quantity: number; unitPriceCents: number }[];
}

export interface OrderHistory {
  /** Data rows of the file: always `replayedRows` plus everything skipped. */
  rows: number;
  replayedRows: number;
  skipped: Record<SkipReason, number>;
  /** In order of time. */
  invoices: Invoice[];
}

/** Reads an order history in the "Online Retail" format; throws an InputError that names the row or column. */
export function readOrderHistory(path: string): Promise<OrderHistory> {
  return parseOrderHistory(path, createReadStream(path));
}

/** The same from any bytes; `name` is what errors call them. */
export async function parseOrderHistory(name: string, bytes: AsyncIterable<Buffer>): Promise<OrderHistory> {
  const reader = new HistoryReader();
  try {
    await pipeline(bytes, utf8Lines, parse({ ...csvOptions, columns: reader.header }), (rows: AsyncIterable<Parsed>) =>
      reader.read(rows),
    );
  } catch (error) {
    throw asInputError(name, error);
  }
  return reader.finish(name);
}

const csvOptions: Options = {
  bom: true,
  trim: true,
  info: true,
  skip_empty_lines: true,
  relax_column_count: true,
  max_record_size: 1024 * 1024,
};

/** `error`: it has more or fewer values than the header. */
interface Parsed {
  record: RawRow;
  info: { lines: number; error?: CsvError };
}

class HistoryReader {
  #hasHeader = false;
  #rows = 0;
  readonly #skipped = Object.fromEntries(skipReasons.map((reason) => [reason, 0])) as Record<SkipReason, number>;
  readonly #invoices = new Map<string, Invoice>();

  readonly header = (names: string[]): string[] => {
    const missing = columns.filter((name) => !names.includes(name));
    if (missing.length > 0) {
      throw new InputError(`line 1: column${missing.length > 1 ? 's' : ''} ${missing.join(', ')} missing`);
    }
    this.#hasHeader = true;
    return names;
  };

  async read(parsed: AsyncIterable<Parsed>): Promise<void> {
    for await (const { record, info } of parsed) {
      this.#rows++;
      const row = info.error ? 'invalid-row' : readRow(record, info.lines);
      if (typeof row === 'string') this.#skipped[row]++;
      else this.#addLine(row);
    }
  }

  finish(path: string): OrderHistory {
    if (!this.#hasHeader) throw new InputError(`${path} is empty`);
    if (this.#rows === 0) throw new InputError(`${path} has a header but no rows`);
    const fitting = [...this.#invoices.values()].filter((invoice) => {
      if (invoice.lines.length <= maxLines) return true;
      this.#skipped['too-many-lines'] += invoice.lines.length;
      return false;
    });
    if (fitting.length === 0) throw new InputError(`${path} has ${this.#rows} rows, and none of them is a sale`);
    const replayedRows = fitting.reduce((sum, invoice) => sum + invoice.lines.length, 0);
    const invoices = fitting.toSorted((a, b) => a.atMs - b.atMs);
    return { rows: this.#rows, replayedRows, skipped: this.#skipped, invoices };
  }

  /** An invoice is an order of its first row's customer and time. */
  #addLine({ invoice, customerId, atMs, ...line }: ProductRow): void {
    const known = this.#invoices.get(invoice);
    if (known) known.lines.push(line);
    else this.#invoices.set(invoice, { invoice, customerId, atMs, lines: [line] });
  }
}

function asInputError(path: string, error: unknown): unknown {
  if (error instanceof InputError) return new InputError(`${path}: ${error.message}`);
  if (error instanceof CsvError) return new InputError(`${path}: ${error.message}`, { cause: error });
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return new InputError(`${path} does not exist`);
  if (code === 'EISDIR') return new InputError(`${path} is a folder`);
  if (code === 'EACCES') return new InputError(`${path} can't be read`);
  return error;
}
