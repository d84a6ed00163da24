import { preparePgbench } from '../anchors/pgbench.ts';
import { createDatabase, runSql } from '../databases.ts';
import type { BenchContext, Sample } from '../row.ts';
import { startOurs } from './ours.ts';

const clientCounts = [8, 16, 32];

// What the order service writes for one order, in one statement and one commit, into tables that it made. No colon in
// a literal: pgbench would take what follows for a variable.
const script = `\\set customer random(1, 1000)
\\set sku random(1, 50)
with placed as (
  insert into orders
    (id, customer_id, email, currency, total_cents, flow, status, version, deadline_at, created_at, updated_at)
  values (uuidv7(), 'c' || :customer, 'c' || :customer || '@bench.example', 'EUR', 423, 'async', 'PENDING', 1,
    now() + interval '15 min', now(), now())
  returning id, customer_id, created_at
), lines as (
  insert into order_lines (order_id, line_no, sku, quantity, unit_price_cents)
  select id, line, 'bench-' || :sku, 1, 199 from placed, generate_series(1, 2) as line
), history as (
  insert into order_history (order_id, version, type, at) select id, 1, 'order.placed', created_at from placed
)
insert into outbox (topic, message_id, key, version, type, data_version, payload)
select 'orders.v1', uuidv7(), id::text, 1, 'order.placed', 1,
  jsonb_build_object('orderId', id, 'customerId', customer_id, 'email', customer_id || '@bench.example',
    'currency', 'EUR', 'totalCents', 423, 'lines', repeat('x', 100))::text
from placed
`;

/**
 * A side on which pgbench inserts one order per transaction into a copy of the order service's tables, from the best of
 * some numbers of clients. Rejects with `ToolMissing` when there is no pgbench.
 */
export async function ordersByPgbench(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
): Promise<() => Promise<Sample>> {
  const databaseUrl = await copyOfOrderDatabase(context);
  const run = await preparePgbench(context, cleanup, { databaseUrl, script });
  let [clients, best] = [0, 0];
  for (const count of clientCounts) {
    const perSecond = await run(count, 2);
    if (perSecond > best) [clients, best] = [count, perSecond];
  }
  return async () => {
    await runSql(databaseUrl, 'truncate orders, order_lines, order_history, outbox', 'checkpoint');
    return { value: await run(clients, context.seconds), extra: { clients } };
  };
}

/** The service makes its tables when it starts, and must have ended before they can be copied. */
async function copyOfOrderDatabase(context: BenchContext): Promise<string> {
  const started = new AsyncDisposableStack();
  const ours = startOurs(context, started, { orderOnly: true });
  const { databases } = await ours.finally(() => started.disposeAsync());
  const original = new URL(databases.urls.order).pathname.slice(1);
  return createDatabase(context.infrastructure.serverUrl, 'bench_pgbench', original);
}
