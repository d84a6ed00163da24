import type { Row } from '../row.ts';
import { consumeRow, handleRow, membersRow } from './consume.ts';
import { produceRow, sendRow } from './produce.ts';
import { tutorialRow } from './tutorial.ts';

/** All rows, in the order of the report. */
export const rows: readonly Row[] = [sendRow, produceRow, consumeRow, handleRow, membersRow, tutorialRow];
