import { measureOrders } from '../pipeline/measure.ts';
import { Stage } from '../pipeline/stage.ts';
import type { BenchContext, Row } from '../row.ts';

const stage = new Stage();
const intakeOnly = true;

// Settled and published, a day old: nothing that a loop of the service would look at.
const seeds = [
  `create temp table seed as
     select uuidv7(interval '-1 day') as id, 'c' || n % 1000 as customer, now() - interval '1 day' as at
     from generate_series(1, $1) n`,
  `insert into orders
     (id, customer_id, email, currency, total_cents, flow, status, version, deadline_at, created_at, updated_at)
   select id, customer, customer || '@bench.example', 'EUR', 423, 'async', 'CONFIRMED', 2, at, at, at from seed`,
  `insert into order_lines (order_id, line_no, sku, quantity, unit_price_cents)
   select id, line, 'bench-01', 1, 199 from seed, generate_series(1, 2) as line`,
  `insert into order_history (order_id, version, type, at)
   select id, version, 'order.placed', at from seed, generate_series(1, 2) as version`,
  'drop table seed',
  'analyze orders, order_lines, order_history',
];

export const fullTableRow: Row = {
  name: 'full-table',
  title: 'Intake with a million orders in the table, and with none',
  unit: 'accepted/s',
  item: 'order',
  anchors: ['pgbench'],
  sides: {
    full: async (context) => {
      await fill(context);
      return measureOrders(stage.pipeline, context, { intakeOnly, keep: true });
    },
    empty: (context) => measureOrders(stage.pipeline, context, { intakeOnly }),
  },
  ratios: [{ title: 'intake with a million orders ÷ empty', of: 'full', to: 'empty', floor: 0.9, goal: 0.97 }],
  setUp: (context) => stage.start(context, { only: ['order'] }, [{ intakeOnly }]),
  tearDown: () => stage.end(),
};

async function fill({ quick }: BenchContext): Promise<void> {
  const { databases } = stage.pipeline;
  const orders = quick ? 100_000 : 1_000_000;
  if ((await stage.pipeline.progress()).orders >= orders) return;
  await stage.pipeline.empty();
  for (const statement of seeds) await databases.query('order', statement.replace('$1', String(orders)));
}
