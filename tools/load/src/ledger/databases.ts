import { withDatabase } from '@sluice/kit/database';
import type { StackFile } from '@sluice/kit/stack-file';
import type pg from 'pg';
import type { Snapshot, OrderSnapshot } from './snapshot.ts';
import { orderIndexOf, type FlowPlan } from '../plan/flow-plan.ts';

export type DatabaseSnapshot = Pick<Snapshot, 'orders' | 'stock' | 'reservations' | 'notifications'>;

/** Reads what the three services wrote about one run, in read-only sessions, through no code of theirs. */
export async function readDatabases(urls: StackFile['databases'], plan: FlowPlan): Promise<DatabaseSnapshot> {
  const orders = await reading(urls.order, (client) => readOrders(client, plan));
  const ids = orders.map((order) => order.id);
  const [held, notifications] = await Promise.all([
    reading(urls.inventory, (client) => readStock(client, plan.skuPrefix, ids)),
    reading(urls.notification, (client) => readNotifications(client, plan.mailDomain)),
  ]);
  return { orders, ...held, notifications };
}

/** Runs `read` in a read-only session. */
export function reading<T>(url: string, read: (client: pg.Client) => Promise<T>): Promise<T> {
  return withDatabase(url, read, {
    application_name: 'ledger',
    query_timeout: 60_000,
    options: '-c default_transaction_read_only=on -c statement_timeout=60000',
  });
}

async function readOrders(client: pg.Client, { mailDomain }: FlowPlan): Promise<OrderSnapshot[]> {
  const { rows } = await client.query<Omit<OrderSnapshot, 'index'> & { email: string }>(
    `select o.id, o.email, o.status, o.customer_id as "customerId", o.total_cents::float8 as "totalCents",
            array(select h.type from order_history h where h.order_id = o.id order by h.version) as history,
            (select json_agg(json_build_object('sku', l.sku, 'quantity', l.quantity, 'unitPriceCents', l.unit_price_cents)
                             order by l.line_no)
               from order_lines l where l.order_id = o.id) as lines
       from orders o where o.email like '%@' || $1`,
    [mailDomain],
  );
  return rows.map(({ email, ...order }) => ({ ...order, index: orderIndexOf(email, mailDomain) }));
}

async function readStock(
  client: pg.Client,
  skuPrefix: string,
  orderIds: string[],
): Promise<Pick<Snapshot, 'stock' | 'reservations'>> {
  const stock = await client.query<Snapshot['stock'][number]>(
    `select sku, available::float8, reserved::float8 from stock where starts_with(sku, $1)`,
    [skuPrefix],
  );
  const reservations = await client.query<Snapshot['reservations'][number]>(
    `select order_id as "orderId", status from reservations where order_id = any($1::uuid[])`,
    [orderIds],
  );
  return { stock: stock.rows, reservations: reservations.rows };
}

async function readNotifications(client: pg.Client, mailDomain: string): Promise<Snapshot['notifications']> {
  const { rows } = await client.query<Snapshot['notifications'][number]>(
    `select order_id as "orderId", kind, status from notifications where email like '%@' || $1`,
    [mailDomain],
  );
  return rows;
}
