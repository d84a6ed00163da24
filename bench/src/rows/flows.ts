import { maxAckMs } from '../pipeline/client-count.ts';
import { flowSides } from '../pipeline/flow-sides.ts';
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

const unit = 'accepted/s';

export const flowsRows: readonly Row[] = [
  {
    name: 'flows',
    title: 'Both flows, nothing capped, notifications recorded only',
    ...{ unit, ratios },
    open: (context, cleanup) => flowSides(context, cleanup, { async: 'async', sync: 'sync' }),
  },
  {
    name: 'flows-smtp',
    title: 'Both flows, nothing capped, notifications by SMTP',
    ...{ unit, ratios },
    open: (context, cleanup) => flowSides(context, cleanup, { async: 'async', sync: 'sync' }, { smtp: true }),
  },
  {
    name: 'log-first',
    title: 'Orders that are accepted by Kafka and written afterwards',
    unit,
    ratios: [
      { title: 'log-first accepted/s ÷ sync completed/s', of: 'log-first', to: 'sync', floor: 4, goal: 6 },
      { title: 'log-first accepted/s ÷ async accepted/s', of: 'log-first', to: 'async' },
    ],
    open: (context, cleanup) => flowSides(context, cleanup, { 'log-first': 'log', async: 'async', sync: 'sync' }),
  },
];
