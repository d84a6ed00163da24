import { findPgbench } from '../anchors/pgbench.ts';
import { runClosedLoop, succeeded, type ClosedLoop } from '../load/closed-loop.ts';
import { orderBodies } from '../load/orders.ts';
import { clientsInTime } from '../pipeline/clients.ts';
import { measureOrders } from '../pipeline/measure.ts';
import { startNoOp, type NoOp } from '../pipeline/no-op.ts';
import { OrdersByPgbench } from '../pipeline/pgbench.ts';
import { Stage } from '../pipeline/stage.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const stage = new Stage();
let pgbench: OrdersByPgbench | undefined;
let noOp: NoOp | undefined;
let clients = 0;

const bodies = orderBodies(1_000);
const completed = { of: 'async', figure: 'completedPerSecond', toFigure: 'value' };

export const intakeRow: Row = {
  name: 'intake',
  title: 'Accepting orders, doing nothing with them, and pgbench with one order per transaction',
  unit: 'requests/s',
  item: 'order',
  sides: {
    async: (context) => measureOrders(stage.pipeline, context, { connections: clients }),
    'no-op': (context) => answers(context, { url: noOp!.url, bodies }),
    'GET /livez': (context) => answers(context, liveness()),
    pgbench: async ({ seconds }) => ({
      value: await pgbench!.run(seconds),
      extra: { clients: pgbench!.clientCount },
    }),
  },
  ratios: [
    { title: 'accepted/s while deferred work lags ÷ no-op', of: 'async', to: 'no-op', floor: 0.2, goal: 0.35 },
    { title: 'completed/s, relay and consumers keeping up ÷ no-op', ...completed, to: 'no-op', floor: 0.1, goal: 0.2 },
    { title: 'accepted/s while deferred work lags ÷ GET /livez', of: 'async', to: 'GET /livez' },
    { title: 'completed/s, relay and consumers keeping up ÷ GET /livez', ...completed, to: 'GET /livez' },
    {
      title: 'accepted/s ÷ pgbench, one order per transaction, its best number of clients',
      ...{ of: 'async', to: 'pgbench', floor: 0.5, goal: 0.9 },
    },
  ],
  missing: async () =>
    (await findPgbench()) === undefined ? 'pgbench is not installed (Debian: postgresql-contrib)' : undefined,
  async setUp(context) {
    pgbench = await OrdersByPgbench.open(context);
    await stage.start(context);
    clients = await clientsInTime(stage.pipeline, context, 'async');
    noOp = await startNoOp(context);
    for (const load of [{ url: noOp.url, bodies }, liveness()]) await answers({ ...context, seconds: 4 }, load);
  },
  async tearDown() {
    await stage.end();
    await noOp?.[Symbol.asyncDispose]();
    await pgbench?.[Symbol.asyncDispose]();
  },
};

function liveness(): Pick<ClosedLoop, 'url' | 'method'> {
  return { url: `${stage.pipeline.orderUrl}/livez`, method: 'GET' };
}

async function answers(
  { seconds, signal }: BenchContext,
  load: Pick<ClosedLoop, 'url' | 'method' | 'bodies'>,
): Promise<Sample> {
  const result = await runClosedLoop({ ...load, connections: clients, seconds }, signal);
  const extra = { ackP50Ms: result.latency.p50, ackP99Ms: result.latency.p99 };
  return { value: succeeded(result) / result.seconds, extra };
}
