import { orderBodies } from '../load/orders.ts';
import { measureOrders } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import { Stage } from '../pipeline/stage.ts';
import type { Row } from '../row.ts';

const stage = new Stage();

export const logFirstRow: Row = {
  name: 'log-first',
  title: 'Orders that are accepted by Kafka and written afterwards',
  unit: 'accepted/s',
  item: 'order',
  sides: {
    'log-first': (context) => measureOrders(stage.pipeline, context, { flow: 'log' }),
    async: (context) => measureOrders(stage.pipeline, context, { flow: 'async' }),
    sync: (context) => measureOrders(stage.pipeline, context, { flow: 'sync' }),
  },
  ratios: [
    { title: 'log-first accepted/s ÷ sync completed/s', of: 'log-first', to: 'sync', floor: 4, goal: 6 },
    { title: 'log-first accepted/s ÷ async accepted/s', of: 'log-first', to: 'async' },
  ],
  /** Asked, because a tool doesn't know what a service can do. */
  async missing(context) {
    await using pipeline = await startOurs(context, { only: ['order'] });
    const headers = { 'content-type': 'application/json' };
    const url = `${pipeline.orderUrl}/orders?flow=log`;
    const { status } = await fetch(url, { method: 'POST', headers, body: orderBodies(1)[0]! });
    return status === 400 || status === 422 ? 'the order service has no flow=log' : undefined;
  },
  setUp: (context) => stage.start(context, {}, [{ flow: 'log' }, { flow: 'async' }, { flow: 'sync' }]),
  tearDown: () => stage.end(),
};
