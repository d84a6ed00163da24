import type { Row } from '../row.ts';
import { consumeRow, handleRow, keysRow, membersRow } from './consume.ts';
import { endToEndRow } from './end-to-end.ts';
import { flowsRows } from './flows.ts';
import { fullTableRow } from './full-table.ts';
import { groupCommitRow } from './group-commit.ts';
import { hotSkuRow } from './hot-sku.ts';
import { intakeRow } from './intake.ts';
import { logDurableRow, logFirstRow } from './log-first.ts';
import { memoryRow } from './memory.ts';
import { overloadRow } from './overload.ts';
import { produceRow, sendRow, streamRow } from './produce.ts';
import { relayDecayRow } from './relay-decay.ts';
import { relayRow } from './relay.ts';
import { tutorialRow } from './tutorial.ts';

/** All rows, in the order of the report. */
export const rows: readonly Row[] = [
  tutorialRow,
  intakeRow,
  groupCommitRow,
  ...flowsRows,
  logFirstRow,
  logDurableRow,
  relayRow,
  relayDecayRow,
  endToEndRow,
  hotSkuRow,
  fullTableRow,
  memoryRow,
  overloadRow,
  sendRow,
  produceRow,
  streamRow,
  consumeRow,
  handleRow,
  membersRow,
  keysRow,
];
