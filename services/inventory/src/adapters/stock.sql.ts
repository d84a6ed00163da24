import type { Statement } from '@sluice/service-kit';

export const sql = {
  createMissing: {
    name: 'reservations_create',
    text: `insert into reservations (order_id, status, version)
      select id, 'RESERVED', 1 from unnest($1::uuid[]) id order by id
      on conflict do nothing returning order_id as "orderId"`,
  },
  known: {
    name: 'reservations_lock',
    text: `select order_id as "orderId", status, reason, sku, version from reservations
      where order_id = any($1::uuid[]) order by order_id for update`,
  },
  lockStock: {
    name: 'stock_lock',
    text: `select sku, available::float8 from stock where sku = any($1::text[]) order by sku for update`,
  },
  /** $1–$2 taken per SKU; $3–$5 ledger rows; $6–$8 rejected orders. */
  apply: {
    name: 'reservations_apply',
    text: `with taken as (
        update stock s set available = s.available - t.quantity, reserved = s.reserved + t.quantity
        from unnest($1::text[], $2::bigint[]) t (sku, quantity) where s.sku = t.sku
      ), ledger as (
        insert into stock_ledger (order_id, sku, kind, quantity)
        select order_id, sku, 'reserve', quantity
        from unnest($3::uuid[], $4::text[], $5::bigint[]) l (order_id, sku, quantity)
      )
      update reservations r set status = 'REJECTED', reason = x.reason, sku = x.sku
      from unnest($6::uuid[], $7::text[], $8::text[]) x (order_id, reason, sku) where r.order_id = x.order_id`,
  },
  consumeTombstones: {
    name: 'reservations_consume_tombstones',
    text: `update reservations set version = 1, updated_at = now()
      where order_id = any($1::uuid[]) and status = 'TOMBSTONE' and version = 0`,
  },
  insertTombstones: {
    name: 'reservations_insert_tombstones',
    text: `insert into reservations (order_id, status, version)
      select id, 'TOMBSTONE', 0 from unnest($1::uuid[]) id order by id on conflict do nothing`,
  },
  lockHeld: {
    name: 'stock_lock_held',
    text: `select sku from stock
      where sku in (select sku from stock_ledger where order_id = any($1::uuid[]) and kind = 'reserve')
      order by sku for update`,
  },
  release: {
    name: 'reservations_release',
    text: `with given as (
        insert into stock_ledger (order_id, sku, kind, quantity)
        select order_id, sku, 'release', quantity from stock_ledger
        where order_id = any($1::uuid[]) and kind = 'reserve'
        returning sku, quantity
      ), back as (
        update stock s set available = s.available + g.quantity, reserved = s.reserved - g.quantity
        from (select sku, sum(quantity) quantity from given group by sku) g where s.sku = g.sku
      )
      update reservations set status = 'RELEASED', version = 2, updated_at = now() where order_id = any($1::uuid[])`,
  },
} as const satisfies Record<string, Statement>;
