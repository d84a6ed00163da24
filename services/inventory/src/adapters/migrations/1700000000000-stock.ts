import { sqlMigration } from '@sluice/service-kit';

// SKUs sort by bytes, here and in the application: sorted order is what keeps two transactions from a deadlock.
// The free space in the pages of stock keeps its updates in place (HOT) while a SKU is hot.
const up = [
  `create table stock (
    sku text collate "C" primary key,
    available bigint not null check (available >= 0),
    reserved bigint not null default 0 check (reserved >= 0)
  ) with (fillfactor = 50)`,
  `create table reservations (
    order_id uuid primary key,
    status text not null check (status in ('RESERVED', 'REJECTED', 'RELEASED', 'TOMBSTONE')),
    reason text,
    sku text,
    version int not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
  ) with (fillfactor = 80)`,
  `create table stock_ledger (
    order_id uuid not null,
    sku text collate "C" not null,
    kind text not null check (kind in ('reserve', 'release')),
    quantity bigint not null check (quantity > 0),
    at timestamptz not null default now(),
    primary key (order_id, sku, kind)
  )`,
];
const down = ['drop table stock_ledger', 'drop table reservations', 'drop table stock'];

export class Stock1700000000000 extends sqlMigration({ up, down }) {}
