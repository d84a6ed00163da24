import { findPgbench } from '../anchors/pgbench.ts';
import { runClosedLoop, succeeded } from '../load/closed-loop.ts';
import { clientsInTime } from '../pipeline/clients.ts';
import { measureOrders } from '../pipeline/measure.ts';
import { OrdersByPgbench } from '../pipeline/pgbench.ts';
import { Stage } from '../pipeline/stage.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const stage = new Stage();
let pgbench: OrdersByPgbench | undefined;
let clients = 0;

export const intakeRow: Row = {
  name: 'intake',
  title: "Accepting orders, the same service's no-op route, and pgbench with one order per transaction",
  unit: 'requests/s',
  item: 'order',
  sides: {
    async: (context) => measureOrders(stage.pipeline, context, { connections: clients }),
    'GET /livez': (context) => noOp(context),
    pgbench: async ({ seconds }) => ({
      value: await pgbench!.run(seconds),
      extra: { clients: pgbench!.clientCount },
    }),
  },
  ratios: [
    { title: 'accepted/s while deferred work lags ÷ no-op', of: 'async', to: 'GET /livez', floor: 0.2, goal: 0.35 },
    {
      title: 'completed/s, relay and consumers keeping up ÷ no-op',
      ...{ of: 'async', to: 'GET /livez', figure: 'completedPerSecond', toFigure: 'value', floor: 0.1, goal: 0.2 },
    },
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
    await noOp({ ...context, seconds: 2 });
  },
  async tearDown() {
    await stage.end();
    await pgbench?.[Symbol.asyncDispose]();
  },
};

async function noOp({ seconds, signal }: BenchContext): Promise<Sample> {
  const url = `${stage.pipeline.orderUrl}/livez`;
  const result = await runClosedLoop({ url, method: 'GET', connections: clients, seconds }, signal);
  const extra = { ackP50Ms: result.latency.p50, ackP99Ms: result.latency.p99 };
  return { value: succeeded(result) / result.seconds, extra };
}
