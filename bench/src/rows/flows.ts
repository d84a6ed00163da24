import { maxAckMs } from '../pipeline/client-count.ts';
import { flowSides } from '../pipeline/flow-sides.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const bothSides = { of: 'async', to: 'sync' };

const completed = { ...bothSides, figure: 'completedPerSecond' };
const cpu = { ...bothSides, figure: 'serverCpuMicros' };

const ratios = [
  atLeast(2.5, 4, 'async accepted/s ÷ sync completed/s', bothSides),
  atLeast(1.3, 2, 'completed/s, async until the last is notified ÷ sync', completed),
  atMost(0.7, 0.4, 'CPU per order, generator left out, async ÷ sync', cpu),
  atMost(maxAckMs, maxAckMs, 'async: p99 of the answers in ms', { of: 'async', figure: 'ackP99Ms' }),
  atMost(maxAckMs, maxAckMs, 'sync: p99 of the answers in ms', { of: 'sync', figure: 'ackP99Ms' }),
];

const unit = 'accepted/s';

export const flowsRows: readonly Row[] = [
  {
    name: 'flows',
    title: 'Both flows, nothing capped, notifications recorded only',
    unit,
    ratios,
    open: (context, cleanup) => flowSides(context, cleanup, { async: 'async', sync: 'sync' }),
  },
  {
    name: 'flows-smtp',
    title: 'Both flows, nothing capped, notifications by SMTP',
    unit,
    ratios,
    open: (context, cleanup) => flowSides(context, cleanup, { async: 'async', sync: 'sync' }, { smtp: true }),
  },
  {
    name: 'log-first',
    title: 'Orders that are accepted by Kafka and written afterwards',
    unit,
    ratios: [
      atLeast(4, 6, 'log-first accepted/s ÷ sync completed/s', { of: 'log-first', to: 'sync' }),
      { title: 'log-first accepted/s ÷ async accepted/s', of: 'log-first', to: 'async' },
    ],
    open: (context, cleanup) => flowSides(context, cleanup, { 'log-first': 'log', async: 'async', sync: 'sync' }),
  },
];
