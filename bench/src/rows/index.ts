import type { Row } from '../row.ts';
import { consumeRows } from './consume.ts';
import { endToEndRow } from './end-to-end.ts';
import { flowsRows } from './flows.ts';
import { intakeRow } from './intake.ts';
import { overloadRow } from './overload.ts';
import { relayRow } from './relay.ts';
import { sendRow } from './send.ts';
import { tracedRow } from './traced.ts';
import { tutorialRow } from './tutorial.ts';

/** All rows, in the order of the report. */
export const rows: readonly Row[] = [
  tutorialRow,
  intakeRow,
  ...flowsRows,
  relayRow,
  endToEndRow,
  overloadRow,
  tracedRow,
  sendRow,
  ...consumeRows,
];
