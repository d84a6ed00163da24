import type { Row } from '../row.ts';
import { consumeRow, handleRow, membersRow } from './consume.ts';
import { produceRow, sendRow } from './produce.ts';

/** All rows, in the order of the report. */
export const rows: readonly Row[] = [
  // Kafka
  sendRow,
  produceRow,
  consumeRow,
  handleRow,
  membersRow,
];
