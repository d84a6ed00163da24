import { maxAckMs } from '../pipeline/clients.ts';
import { FlowStage } from '../pipeline/flow-stage.ts';
import type { Ratio, Row } from '../row.ts';

const bothSides = { of: 'async', to: 'sync' };

const ratios: Ratio[] = [
  { title: 'async accepted/s ÷ sync completed/s', ...bothSides, floor: 2.5, goal: 4 },
  {
    title: 'completed/s, async until the last is notified ÷ sync',
    ...{ ...bothSides, figure: 'completedPerSecond', floor: 1.3, goal: 2 },
  },
  {
    title: 'CPU per order, generator left out, async ÷ sync',
    ...{ ...bothSides, figure: 'serverCpuMicros', floor: 0.7, goal: 0.4, lowerIsBetter: true },
  },
  ...['async', 'sync'].map((of) => ({
    title: `${of}: p99 of the answers in ms`,
    ...{ of, figure: 'ackP99Ms', floor: maxAckMs, goal: maxAckMs, lowerIsBetter: true },
  })),
];

function flowsRow(name: string, title: string, { smtp }: { smtp: boolean }): Row {
  const stage = new FlowStage();
  return {
    ...{ name, title, unit: 'accepted/s', item: 'order', ratios },
    sides: { async: stage.measuring('async'), sync: stage.measuring('sync') },
    setUp: (context) => stage.start(context, ['async', 'sync'], { smtp }),
    tearDown: () => stage.end(),
  };
}

export const flowsRows: readonly Row[] = [
  flowsRow('flows', 'Both flows, nothing capped, notifications recorded only', { smtp: false }),
  flowsRow('flows-smtp', 'Both flows, nothing capped, notifications by SMTP', { smtp: true }),
];
