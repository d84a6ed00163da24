import { sqlMigration } from '@sluice/service-kit';

// No foreign keys: an order, its lines and its history are written by one statement and never deleted, and checking
// each of a burst's rows would lock the order's row once per line.
const up = [
  `create table orders (
    id uuid primary key,
    customer_id text not null,
    email text not null,
    currency text not null,
    total_cents bigint not null check (total_cents >= 0),
    flow text not null check (flow in ('sync', 'async', 'log')),
    status text not null check (status in ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLED')),
    reason text,
    version int not null check (version > 0),
    deadline_at timestamptz not null,
    created_at timestamptz not null,
    updated_at timestamptz not null
  )`,
  // Lists go by time: ids of the log flow are made of customer and key.
  'create index orders_created on orders (created_at, id)',
  'create index orders_customer on orders (customer_id, created_at, id)',
  'create index orders_status on orders (status, created_at, id)',
  `create index orders_open on orders (deadline_at) where status = 'PENDING'`,
  `create table order_lines (
    order_id uuid not null,
    line_no int not null,
    sku text not null,
    quantity int not null check (quantity > 0),
    unit_price_cents bigint not null check (unit_price_cents >= 0),
    primary key (order_id, line_no)
  )`,
  `create table order_history (
    order_id uuid not null,
    version int not null,
    type text not null,
    at timestamptz not null,
    primary key (order_id, version)
  )`,
  `create table idempotency_keys (
    customer_id text not null,
    key text not null,
    fingerprint text not null,
    order_id uuid not null,
    unplaced_id uuid,
    expires_at timestamptz not null,
    primary key (customer_id, key)
  )`,
  'create index idempotency_keys_expiry on idempotency_keys (expires_at)',
  'create index idempotency_keys_unplaced on idempotency_keys (unplaced_id) where unplaced_id is not null',
  `create table compensations (
    order_id uuid not null,
    kind text not null check (kind in ('release-stock', 'notify-cancelled')),
    attempts int not null default 0,
    next_attempt_at timestamptz not null default now(),
    last_error text,
    created_at timestamptz not null default now(),
    done_at timestamptz,
    primary key (order_id, kind)
  )`,
  'create index compensations_due on compensations (next_attempt_at) where done_at is null',
];
const down = ['compensations', 'idempotency_keys', 'order_history', 'order_lines', 'orders'].map(
  (table) => `drop table ${table}`,
);

export class Orders1700000000000 extends sqlMigration({ up, down }) {}
