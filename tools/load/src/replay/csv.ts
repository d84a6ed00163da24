import { CsvError, parse, type Options } from 'csv-parse/sync';
import { InputError } from '@sluice/kit/input-error';
import { columns, positionsOf, separatorOf, type Positions, type RawRow, type Separator } from './columns.ts';

/** A row of the file. Lines count as in an editor, from 1; a row with line breaks inside of quotes begins there. */
export interface CsvRow {
  line: number;
  /** Trimmed; undefined when the row has more or fewer values than the header. */
  values: RawRow | undefined;
}

export interface CsvFile {
  separator: Separator;
  /** False for a file without any text. */
  hasHeader: boolean;
  rows: CsvRow[];
  /** Rows with separators and blanks only. Lines without any character are no rows. */
  emptyRows: number;
}

const options: Options = {
  record_delimiter: '\n',
  trim: true,
  // `12" RULER` is text with a quote in it.
  relax_quotes: true,
  relax_column_count: true,
  max_record_size: 1024 * 1024,
};

/** Reads a text whose lines end with a line feed. Throws an InputError that names the line. */
export function readCsv(content: string): CsvFile {
  // Excel's own first line, which names the separator: the header shows it too.
  const text = content.replace(/^sep=.\n/i, '\n');
  const separator = separatorOf(/\S.*/.exec(text)?.[0] ?? '');
  const reader = new RowReader();
  try {
    parse(text, { ...options, delimiter: separator, on_record: reader.take });
  } catch (error) {
    throw error instanceof CsvError ? explained(error, reader.nextLine) : error;
  }
  return { separator, hasHeader: reader.positions !== undefined, rows: reader.rows, emptyRows: reader.emptyRows };
}

class RowReader {
  positions: Positions | undefined;
  nextLine = 1;
  emptyRows = 0;
  readonly rows: CsvRow[] = [];
  #width = 0;
  /** Each text once: in a history most of them come again and again. */
  readonly #texts = new Map<string, string>();

  /** Takes a row and the line on which it ends; the parser keeps none of them. */
  readonly take = (values: string[], { lines }: { lines: number }): undefined => {
    const line = this.nextLine;
    this.nextLine = lines + 1;
    const trimmed = values.map((value) => value.trim());
    if (trimmed.every((value) => value === '')) this.emptyRows += this.positions && trimmed.length > 1 ? 1 : 0;
    else if (this.positions) this.rows.push({ line, values: this.#named(trimmed, this.positions) });
    else {
      this.positions = positionsOf(trimmed, line);
      this.#width = trimmed.length;
    }
  };

  #named(values: string[], positions: Positions): RawRow | undefined {
    const hasAll = columns.every((column) => positions[column] < values.length);
    // A separator at the end of each line is no value.
    if (!hasAll || values.slice(this.#width).some((value) => value !== '')) return undefined;
    const named = {} as RawRow;
    for (const column of columns) named[column] = this.#once(values[positions[column]]!);
    return named;
  }

  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }
}

const quoted = 'expected a quote on each side of the whole value, and two for one inside of it';
const explanations: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: `a quote is not closed; ${quoted}`,
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: `a quote is not closed, or text follows it; ${quoted}`,
  CSV_MAX_RECORD_SIZE: `the row is longer than 1 MiB, as when a quote is not closed; ${quoted}`,
};

/** `line`: where the row begins that can't be read. */
function explained(cause: CsvError, line: number): InputError {
  return new InputError(`line ${line}: ${explanations[cause.code] ?? cause.message}`, { cause });
}
