import type { Row } from '../row.ts';
import { consumeRow, handleRow, keysRow } from './consume.ts';
import { endToEndRow } from './end-to-end.ts';
import { flowsRows } from './flows.ts';
import { intakeRow } from './intake.ts';
import { logFirstRow } from './log-first.ts';
import { overloadRow } from './overload.ts';
import { sendRow } from './send.ts';
import { relayRow } from './relay.ts';
import { tutorialRow } from './tutorial.ts';

/** All rows, in the order of the report. */
export const rows: readonly Row[] = [
  tutorialRow,
  intakeRow,
  ...flowsRows,
  logFirstRow,
  relayRow,
  endToEndRow,
  overloadRow,
  sendRow,
  consumeRow,
  handleRow,
  keysRow,
];
