import { FlowStage } from '../pipeline/flow-stage.ts';
import type { Row } from '../row.ts';

const asItComes = new FlowStage();

export const logFirstRow: Row = {
  name: 'log-first',
  title: 'Orders that are accepted by Kafka and written afterwards',
  unit: 'accepted/s',
  item: 'order',
  sides: {
    'log-first': asItComes.measuring('log'),
    async: asItComes.measuring('async'),
    sync: asItComes.measuring('sync'),
  },
  ratios: [
    { title: 'log-first accepted/s ÷ sync completed/s', of: 'log-first', to: 'sync', floor: 4, goal: 6 },
    { title: 'log-first accepted/s ÷ async accepted/s', of: 'log-first', to: 'async' },
  ],
  setUp: (context) => asItComes.start(context, ['log', 'async', 'sync']),
  tearDown: () => asItComes.end(),
};

const onTheDisk = new FlowStage();

/** The same durability for both: an answer means that it is on the disk. */
export const logDurableRow: Row = {
  name: 'log-durable',
  title: 'Log-first with `flush.messages=1`, and async with its `synchronous_commit=on`',
  unit: 'accepted/s',
  item: 'order',
  sides: { 'log-first': onTheDisk.measuring('log'), async: onTheDisk.measuring('async') },
  ratios: [{ title: 'log-first accepted/s ÷ async accepted/s, both on the disk', of: 'log-first', to: 'async' }],
  setUp: (context) => onTheDisk.start(context, ['log', 'async'], { settings: { order: { LOG_FLUSH_MESSAGES: '1' } } }),
  tearDown: () => onTheDisk.end(),
};
