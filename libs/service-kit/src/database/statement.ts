import {
  bigintArray,
  integerArray,
  pgClient,
  textArray,
  timestampArray,
  uuidArray,
  type Transaction,
} from '@sluice/messaging';
import type pg from 'pg';

/** Each connection parses and plans it once, under its name. For the hot path, it takes whole batches as arrays. */
export interface Statement {
  /** `<table>_<verb>`. */
  readonly name: string;
  readonly text: string;
}

/** Runs a statement in the caller's transaction. */
export function query<Row extends object>(
  tx: Transaction,
  { name, text }: Statement,
  values: unknown[],
): Promise<pg.QueryResult<Row>> {
  return pgClient(tx).query<Row>({ name, text, values });
}

const arrayOf = {
  uuid: uuidArray,
  text: textArray,
  int: integerArray,
  bigint: bigintArray,
  timestamptz: timestampArray,
};
export type ColumnType = keyof typeof arrayOf;
type Element<Type extends ColumnType> = Parameters<(typeof arrayOf)[Type]>[0][number];

/** The columns that may be sent as each type: those whose values it can hold. */
type Types<Row> = {
  [Column in keyof Row]?: { [T in ColumnType]: Row[Column] extends Element<T> ? T : never }[ColumnType];
};

/** Rows as parameters for `unnest`: an array per column, in the order of `types`. */
export function columns<Row>(rows: readonly Row[], types: Types<Row>): Buffer[] {
  return Object.entries(types).map(([column, type]) => {
    const values = rows.map((row) => row[column as keyof Row]);
    return (arrayOf[type as ColumnType] as (values: unknown[]) => Buffer)(values);
  });
}
