import { percentile, runOpenLoop } from '../load/open-loop.ts';
import { carriedThrough, measureOrders } from '../pipeline/measure.ts';
import { Stage } from '../pipeline/stage.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const stage = new Stage();
const share = 0.3;
let ratePerSecond = 0;

export const endToEndRow: Row = {
  name: 'end-to-end',
  title: 'From the order to its notification at 30 % of what the whole path can carry',
  unit: 'ms at p50',
  item: 'order',
  sides: { async: measure },
  ratios: [
    { title: 'placed → notified, p50 in ms', of: 'async', floor: 40, goal: 15, lowerIsBetter: true },
    {
      title: 'placed → notified, p99 in ms',
      ...{ of: 'async', figure: 'p99Ms', floor: 150, goal: 60, lowerIsBetter: true },
    },
  ],
  async setUp(context) {
    await stage.start(context);
    const { extra } = await measureOrders(stage.pipeline, context);
    ratePerSecond = share * extra!['completedPerSecond']!;
    // Small batches are other work than the full ones of the load before, the broker's most of all.
    await place({ ...context, seconds: context.quick ? 2 : 15 });
  },
  tearDown: () => stage.end(),
};

async function place({ seconds, signal }: BenchContext): Promise<void> {
  const { pipeline } = stage;
  await pipeline.empty();
  const { counts } = await runOpenLoop(pipeline, { ratePerSecond, seconds }, signal);
  await carriedThrough(pipeline, counts.accepted, signal);
}

/** By the rows of both services, which take their times from the same clock. */
async function measure(context: BenchContext): Promise<Sample> {
  await place(context);
  const { pipeline } = stage;
  const orders = await pipeline.databases.query<{ id: string; at: Date }>(
    'order',
    'select id, created_at as at from orders',
  );
  const placedAt = new Map(orders.map(({ id, at }) => [id, at.getTime()]));
  const notified = await pipeline.databases.query<{ id: string; at: Date }>(
    'notification',
    'select order_id as id, sent_at as at from notifications where sent_at is not null',
  );
  const latencies = notified.map(({ id, at }) => at.getTime() - (placedAt.get(id) ?? Number.NaN));
  return { value: percentile(latencies, 50), extra: { p99Ms: percentile(latencies, 99), ratePerSecond } };
}
