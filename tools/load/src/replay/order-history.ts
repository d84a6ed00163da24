import { InputError } from '@sluice/kit/input-error';
import type { DatesRead } from './date-order.ts';
import { skipReasons, type InvalidValue, type ProductRow, type SkipReason } from './product-row.ts';

const maxLines = 1000;
const maxExamples = 10;

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
  dates: DatesRead;
  /** The first invalid rows, a sentence each: line, column, value, and what is expected. */
  invalidRows: string[];
  /** In order of time. */
  invoices: Invoice[];
}

/** Makes orders of rows. */
export class OrderHistoryBuilder {
  readonly #dates: DatesRead;
  #rows = 0;
  readonly #skipped = Object.fromEntries(skipReasons.map((reason) => [reason, 0])) as Record<SkipReason, number>;
  readonly #examples: string[] = [];
  readonly #invoices = new Map<string, Invoice>();

  constructor(dates: DatesRead) {
    this.#dates = dates;
  }

  skip(reason: SkipReason, rows = 1): void {
    this.#rows += rows;
    this.#skipped[reason] += rows;
  }

  /** A row with more or fewer values than the header has columns. */
  skipMisshapen(line: number): void {
    this.#invalid(line, 'the row has more or fewer values than the header; expected one for each column');
  }

  add(line: number, row: ProductRow | SkipReason | InvalidValue): void {
    if (typeof row === 'string') return this.skip(row);
    if ('invoice' in row) return this.#addLine(row);
    const value = JSON.stringify(row.value.slice(0, 40));
    this.#invalid(line, `${row.column} ${value} can't be used; expected ${row.expected}`);
  }

  finish(): OrderHistory {
    if (this.#rows === 0) throw new InputError('has a header but no rows');
    const invoices = this.#fitting();
    const invalidRows = this.#invalidRows();
    if (invoices.length === 0) {
      const why = [`has ${this.#rows} rows, and none of them is a sale: ${this.#reasons()}`, ...invalidRows];
      throw new InputError(why.join('\n'));
    }
    return {
      rows: this.#rows,
      replayedRows: invoices.reduce((sum, invoice) => sum + invoice.lines.length, 0),
      skipped: this.#skipped,
      dates: this.#dates,
      invalidRows,
      invoices: invoices.toSorted((a, b) => a.atMs - b.atMs),
    };
  }

  /** An invoice is an order of its first row's customer and time. */
  #addLine({ invoice, customerId, atMs, ...line }: ProductRow): void {
    this.#rows += 1;
    const known = this.#invoices.get(invoice);
    if (known) known.lines.push(line);
    else this.#invoices.set(invoice, { invoice, customerId, atMs, lines: [line] });
  }

  #invalid(line: number, text: string): void {
    this.skip('invalid-row');
    if (this.#examples.length < maxExamples) this.#examples.push(`line ${line}: ${text}`);
  }

  #invalidRows(): string[] {
    const more = this.#skipped['invalid-row'] - this.#examples.length;
    return more > 0 ? [...this.#examples, `and ${more} more invalid rows`] : this.#examples;
  }

  #fitting(): Invoice[] {
    return [...this.#invoices.values()].filter(({ lines }) => {
      if (lines.length <= maxLines) return true;
      this.#skipped['too-many-lines'] += lines.length;
      return false;
    });
  }

  #reasons(): string {
    const counted = Object.entries(this.#skipped).filter(([, rows]) => rows > 0);
    return counted.map(([reason, rows]) => `${rows} ${reason}`).join(', ');
  }
}
