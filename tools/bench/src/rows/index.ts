import type { Row } from '../row.ts';

/** All rows, in the order of the report. */
export const rows: readonly Row[] = [];
