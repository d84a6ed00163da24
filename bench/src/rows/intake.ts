import { runClosedLoop, succeeded, type ClosedLoop } from '../load/closed-loop.ts';
import { orderBodies } from '../load/orders.ts';
import { clientsInTime } from '../pipeline/client-count.ts';
import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startNoOp } from '../pipeline/no-op.ts';
import { ordersByPgbench } from '../pipeline/orders-by-pgbench.ts';
import { startOurs } from '../pipeline/ours.ts';
import { atLeast, type BenchContext, type Row, type Sample } from '../row.ts';

const completed = { of: 'async', figure: 'completedPerSecond', toFigure: 'value' };
const byPgbench = { of: 'async', to: 'pgbench' };
const warmUpSeconds = 4;

export const intakeRow: Row = {
  name: 'intake',
  title: 'Accepting orders, doing nothing with them, and pgbench with one order per transaction',
  unit: 'requests/s',
  ratios: [
    atLeast(0.2, 0.35, 'accepted/s while deferred work lags ÷ no-op', { of: 'async', to: 'no-op' }),
    atLeast(0.1, 0.2, 'completed/s, relay and consumers keeping up ÷ no-op', { ...completed, to: 'no-op' }),
    { title: 'accepted/s while deferred work lags ÷ GET /livez', of: 'async', to: 'GET /livez' },
    { title: 'completed/s, relay and consumers keeping up ÷ GET /livez', ...completed, to: 'GET /livez' },
    atLeast(0.5, 0.9, 'accepted/s ÷ pgbench, one order per transaction, its best number of clients', byPgbench),
  ],
  async open(context, cleanup) {
    const pgbench = await ordersByPgbench(context, cleanup);
    const pipeline = await startOurs(context, cleanup);
    await warmUp(pipeline, context);
    const connections = await clientsInTime(pipeline, context, 'async');
    const noOp: Load = { url: await startNoOp(context, cleanup), connections, bodies: orderBodies(1_000) };
    const livez: Load = { url: `${pipeline.orderUrl}/livez`, connections, method: 'GET' };
    for (const load of [noOp, livez]) await answers({ ...context, seconds: warmUpSeconds }, load);
    return {
      async: () => measureOrders(pipeline, context, { connections }),
      'no-op': () => answers(context, noOp),
      'GET /livez': () => answers(context, livez),
      pgbench,
    };
  },
};

type Load = Omit<ClosedLoop, 'seconds'>;

async function answers({ seconds, signal }: BenchContext, load: Load): Promise<Sample> {
  const result = await runClosedLoop({ ...load, seconds }, signal);
  const extra = { ackP50Ms: result.latency.p50, ackP99Ms: result.latency.p99 };
  return { value: succeeded(result) / result.seconds, extra };
}
