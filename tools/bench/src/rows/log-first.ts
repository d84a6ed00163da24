import { measureOrders } from '../pipeline/measure.ts';
import { Stage } from '../pipeline/stage.ts';
import type { BenchContext, Row } from '../row.ts';

const stage = new Stage();
const measured = (flow: 'log' | 'async' | 'sync') => (context: BenchContext) =>
  measureOrders(stage.pipeline, context, { flow });

export const logFirstRow: Row = {
  name: 'log-first',
  title: 'Orders that are accepted by Kafka and written afterwards',
  unit: 'accepted/s',
  item: 'order',
  sides: {
    'log-first': measured('log'),
    async: measured('async'),
    sync: measured('sync'),
  },
  ratios: [
    { title: 'log-first accepted/s ÷ sync completed/s', of: 'log-first', to: 'sync', floor: 4, goal: 6 },
    { title: 'log-first accepted/s ÷ async accepted/s', of: 'log-first', to: 'async' },
  ],
  setUp: (context) => stage.start(context, {}, [{ flow: 'log' }, { flow: 'async' }, { flow: 'sync' }]),
  tearDown: () => stage.end(),
};

/** The same durability for both: an answer means that it is on the disk. */
export const logDurableRow: Row = {
  name: 'log-durable',
  title: 'Log-first with `flush.messages=1`, and async with its `synchronous_commit=on`',
  unit: 'accepted/s',
  item: 'order',
  sides: { 'log-first': measured('log'), async: measured('async') },
  ratios: [{ title: 'log-first accepted/s ÷ async accepted/s, both on the disk', of: 'log-first', to: 'async' }],
  setUp: (context) =>
    stage.start(context, { settings: { order: { LOG_FLUSH_MESSAGES: '1' } } }, [{ flow: 'log' }, { flow: 'async' }]),
  tearDown: () => stage.end(),
};
