import pg from 'pg';
import type { Snapshot, OrderSnapshot } from './snapshot.ts';
import { orderIndexOf, type FlowPlan } from '../plan/flow-plan.ts';

export interface DatabaseUrls {
  order: string;
  inventory: string;
  notification: string;
}

export type DatabaseSnapshot = Pick<Snapshot, 'orders' | 'stock' | 'reservations' | 'notifications'>;

/** Reads what the three services wrote about one run, in read-only sessions, through no code of theirs. */
export async function readDatabases(urls: DatabaseUrls, plan: FlowPlan): Promise<DatabaseSnapshot> {
  const orders = await withDatabase(urls.order, (client) => readOrders(client, plan));
  const ids = orders.map((order) => order.id);
  const [held, notifications] = await Promise.all([
    withDatabase(urls.inventory, (client) => readStock(client, plan.skuPrefix, ids)),
    withDatabase(urls.notification, (client) => readNotifications(client, plan.mailDomain)),
  ]);
  return { orders, ...held, notifications };
}

/** Runs `read` in a read-only session. */
export async function withDatabase<T>(url: string, read: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'ledger',
    connectionTimeoutMillis: 10_000,
    query_timeout: 60_000,
    options: '-c default_transaction_read_only=on -c statement_timeout=60000',
  });
  try {
    await client.connect();
    return await read(client);
  } finally {
    await client.end();
  }
}

async function readOrders(client: pg.Client, { mailDomain }: FlowPlan): Promise<OrderSnapshot[]> {
  const ofRun = `o.email like '%@' || $1`;
  const orders = await client.query<{
    id: string;
    email: string;
    status: string;
    customer_id: string;
    total_cents: string;
    history: string[];
  }>(
    `select o.id, o.email, o.status, o.customer_id, o.total_cents,
            array(select h.type from order_history h where h.order_id = o.id order by h.version) as history
       from orders o where ${ofRun}`,
    [mailDomain],
  );
  const lines = await client.query<{ order_id: string; sku: string; quantity: string; unit_price_cents: string }>(
    `select l.order_id, l.sku, l.quantity, l.unit_price_cents
       from order_lines l join orders o on o.id = l.order_id where ${ofRun} order by l.order_id, l.line_no`,
    [mailDomain],
  );
  const linesOf = Map.groupBy(lines.rows, (row) => row.order_id);
  return orders.rows.map((row) => ({
    id: row.id,
    index: orderIndexOf(row.email, mailDomain),
    status: row.status,
    customerId: row.customer_id,
    totalCents: Number(row.total_cents),
    history: row.history,
    lines: (linesOf.get(row.id) ?? []).map((line) => ({
      sku: line.sku,
      quantity: Number(line.quantity),
      unitPriceCents: Number(line.unit_price_cents),
    })),
  }));
}

async function readStock(
  client: pg.Client,
  skuPrefix: string,
  orderIds: string[],
): Promise<Pick<Snapshot, 'stock' | 'reservations'>> {
  const stock = await client.query<{ sku: string; available: string; reserved: string }>(
    `select sku, available, reserved from stock where starts_with(sku, $1)`,
    [skuPrefix],
  );
  const reservations = await client.query<{ order_id: string; status: string }>(
    `select order_id, status from reservations where order_id = any($1::uuid[])`,
    [orderIds],
  );
  return {
    stock: stock.rows.map((row) => ({
      sku: row.sku,
      available: Number(row.available),
      reserved: Number(row.reserved),
    })),
    reservations: reservations.rows.map((row) => ({ orderId: row.order_id, status: row.status })),
  };
}

async function readNotifications(client: pg.Client, mailDomain: string): Promise<Snapshot['notifications']> {
  const { rows } = await client.query<{ order_id: string; kind: string; status: string }>(
    `select order_id, kind, status from notifications where email like '%@' || $1`,
    [mailDomain],
  );
  return rows.map((row) => ({ orderId: row.order_id, kind: row.kind, status: row.status }));
}
