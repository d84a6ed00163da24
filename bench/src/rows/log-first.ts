import { FlowStage } from '../pipeline/flow-stage.ts';
import type { Row } from '../row.ts';

const stage = new FlowStage();

export const logFirstRow: Row = {
  name: 'log-first',
  title: 'Orders that are accepted by Kafka and written afterwards',
  unit: 'accepted/s',
  item: 'order',
  sides: {
    'log-first': stage.measuring('log'),
    async: stage.measuring('async'),
    sync: stage.measuring('sync'),
  },
  ratios: [
    { title: 'log-first accepted/s ÷ sync completed/s', of: 'log-first', to: 'sync', floor: 4, goal: 6 },
    { title: 'log-first accepted/s ÷ async accepted/s', of: 'log-first', to: 'async' },
  ],
  setUp: (context) => stage.start(context, ['log', 'async', 'sync']),
  tearDown: () => stage.end(),
};
