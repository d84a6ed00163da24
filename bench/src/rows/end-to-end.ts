import { runOpenLoop } from '../pipeline/open-loop.ts';
import { completed, measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { atMost, type Row, type Sample } from '../row.ts';
import { percentile } from '../statistics.ts';

const share = 0.3;

export const endToEndRow: Row = {
  name: 'end-to-end',
  title: 'From the order to its notification at 30 % of what the whole path can carry',
  unit: 'ms at p50',
  ratios: [
    atMost(40, 15, 'placed → notified, p50 in ms', { of: 'async' }),
    atMost(150, 60, 'placed → notified, p99 in ms', { of: 'async', figure: 'p99Ms' }),
  ],
  async open(context, cleanup) {
    const { quick, seconds, signal } = context;
    const pipeline = await startOurs(context, cleanup);
    await warmUp(pipeline, context);
    const { extra } = await measureOrders(pipeline, context);
    const ratePerSecond = share * extra!['completedPerSecond']!;
    const place = async (forSeconds: number): Promise<void> => {
      await pipeline.empty();
      const { counts } = await runOpenLoop(pipeline, { ratePerSecond, seconds: forSeconds }, signal);
      await completed(pipeline, counts.accepted, signal);
    };
    // Small batches are other work than the full ones of the load before, most of all for the broker.
    await place(quick ? 2 : 15);
    return {
      async: async () => {
        await place(seconds);
        return latenciesOf(pipeline, ratePerSecond);
      },
    };
  },
};

/** By the rows of both services, which take their times from the same clock. */
async function latenciesOf({ databases }: Pipeline, ratePerSecond: number): Promise<Sample> {
  const orders = await databases.query<{ id: string; at: Date }>('order', 'select id, created_at as at from orders');
  const placedAt = new Map(orders.map(({ id, at }) => [id, at.getTime()]));
  const notified = await databases.query<{ id: string; at: Date }>(
    'notification',
    'select order_id as id, sent_at as at from notifications where sent_at is not null',
  );
  const latencies = notified.map(({ id, at }) => at.getTime() - (placedAt.get(id) ?? Number.NaN));
  return { value: percentile(latencies, 50), extra: { p99Ms: percentile(latencies, 99), ratePerSecond } };
}
