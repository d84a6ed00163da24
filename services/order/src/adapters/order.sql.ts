import { bigintArray, integerArray, textArray, timestampArray, uuidArray, type QueryConfig } from '@sluice/messaging';
import type { OrderChange } from '../domain/order.events.ts';
import type { Order, OrderFlow, OrderState, OrderStatus } from '../domain/order.ts';

/** Statements of the hot path: named, so that each connection parses and plans them once. */

export interface OrderRow {
  id: string;
  customer_id: string;
  email: string;
  currency: string;
  /** bigint as text. */
  total_cents: string;
  flow: OrderFlow;
  status: OrderStatus;
  reason: string | null;
  version: number;
  deadline_at: Date;
  created_at: Date;
  updated_at: Date;
}

export function stateOf(row: OrderRow): OrderState {
  return {
    id: row.id,
    customerId: row.customer_id,
    email: row.email,
    currency: row.currency,
    totalCents: Number(row.total_cents),
    flow: row.flow,
    status: row.status,
    ...(row.reason !== null && { reason: row.reason }),
    version: row.version,
    deadlineAt: row.deadline_at,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const insert = `
  with placed as (
    insert into orders (id, customer_id, email, currency, total_cents, flow, status, version, deadline_at, created_at, updated_at)
    select id, customer_id, email, currency, total_cents, flow, 'PENDING', 1, deadline_at, created_at, created_at
    from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $8::timestamptz[])
      as t (id, customer_id, email, currency, total_cents, flow, deadline_at, created_at)
  ), lines as (
    insert into order_lines (order_id, line_no, sku, quantity, unit_price_cents)
    select * from unnest($9::uuid[], $10::int[], $11::text[], $12::int[], $13::bigint[])
  )
  insert into order_history (order_id, version, type, at)
  select id, 1, 'order.placed', created_at from unnest($1::uuid[], $8::timestamptz[]) as t (id, created_at)`;

/** New orders, their lines and the first row of their history in one statement. */
export function insertOrders(orders: Order[]): QueryConfig {
  const states = orders.map(({ state }) => state);
  const lines = orders.flatMap(({ id, lines }) => lines.map((line, i) => ({ ...line, id, no: i + 1 })));
  const values = [
    uuidArray(states.map(({ id }) => id)),
    textArray(states.map(({ customerId }) => customerId)),
    textArray(states.map(({ email }) => email)),
    textArray(states.map(({ currency }) => currency)),
    bigintArray(states.map(({ totalCents }) => totalCents)),
    textArray(states.map(({ flow }) => flow)),
    timestampArray(states.map(({ deadlineAt }) => deadlineAt)),
    timestampArray(states.map(({ createdAt }) => createdAt)),
    uuidArray(lines.map(({ id }) => id)),
    integerArray(lines.map(({ no }) => no)),
    textArray(lines.map(({ sku }) => sku)),
    integerArray(lines.map(({ quantity }) => quantity)),
    bigintArray(lines.map(({ unitPriceCents }) => unitPriceCents)),
  ];
  return { name: 'order_insert', text: insert, values };
}

const columns = `
  id, customer_id, email, currency, total_cents, flow, status, reason, version, deadline_at, created_at, updated_at`;

const lock = `select ${columns} from orders where id = any($1::uuid[]) order by id for no key update`;

export function lockOrders(ids: string[]): QueryConfig {
  return { name: 'order_lock', text: lock, values: [uuidArray(ids)] };
}

// Skips what others hold: it never waits, so that it takes part in no deadlock, and finds the rest next time.
const lockOverdue = `
  select ${columns} from orders
  where status = 'PENDING' and deadline_at < now()
  order by deadline_at limit $1 for no key update skip locked`;

export function lockOverdueOrders(limit: number): QueryConfig {
  return { name: 'order_lock_overdue', text: lockOverdue, values: [limit] };
}

const update = `
  with changed as (
    update orders set status = t.status, reason = t.reason, version = t.version, updated_at = t.updated_at
    from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
      as t (id, status, reason, version, updated_at)
    where orders.id = t.id
  )
  insert into order_history (order_id, version, type, at)
  select * from unnest($6::uuid[], $7::int[], $8::text[], $9::timestamptz[])`;

/** Locked orders and what happened to them. */
export function updateOrders(orders: Order[], changes: OrderChange[]): QueryConfig {
  const states = orders.map(({ state }) => state);
  const values = [
    uuidArray(states.map(({ id }) => id)),
    textArray(states.map(({ status }) => status)),
    textArray(states.map(({ reason }) => reason)),
    integerArray(states.map(({ version }) => version)),
    timestampArray(states.map(({ updatedAt }) => updatedAt)),
    uuidArray(changes.map(({ event }) => event.key)),
    integerArray(changes.map(({ event }) => event.version)),
    textArray(changes.map(({ event }) => event.type)),
    timestampArray(changes.map(({ at }) => at)),
  ];
  return { name: 'order_update', text: update, values };
}
