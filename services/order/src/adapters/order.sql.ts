import type { Statement } from '@sluice/service-kit';

/** An `OrderState`, but for a reason that is null. Totals stay below 2^53, up to which a float8 is exact. */
const state = `
  id, customer_id as "customerId", email, currency, total_cents::float8 as "totalCents", flow, status, reason, version,
  deadline_at as "deadlineAt", created_at as "createdAt", updated_at as "updatedAt"`;

/** All that order.store.ts, idempotency.store.ts and compensation.store.ts run. */
export const sql = {
  /** $1–$8 orders, $9–$13 their lines; the first row of their history follows from the orders. */
  insert: {
    name: 'orders_insert',
    text: `
      with placed as (
        insert into orders
          (id, customer_id, email, currency, total_cents, flow, status, version, deadline_at, created_at, updated_at)
        select id, customer_id, email, currency, total_cents, flow, 'PENDING', 1, deadline_at, created_at, created_at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[],
          $8::timestamptz[]) as t (id, customer_id, email, currency, total_cents, flow, deadline_at, created_at)
      ), lines as (
        insert into order_lines (order_id, line_no, sku, quantity, unit_price_cents)
        select * from unnest($9::uuid[], $10::int[], $11::text[], $12::int[], $13::bigint[])
      )
      insert into order_history (order_id, version, type, at)
      select id, 1, 'order.placed', created_at from unnest($1::uuid[], $8::timestamptz[]) as t (id, created_at)`,
  },
  lock: {
    name: 'orders_lock',
    text: `select ${state} from orders where id = any($1::uuid[]) order by id for no key update`,
  },
  /** Skips what others hold: it never waits, so that it takes part in no deadlock, and finds the rest next time. */
  lockOverdue: {
    name: 'orders_lock_overdue',
    text: `select ${state} from orders where status = 'PENDING' and deadline_at < now()
      order by deadline_at limit $1 for no key update skip locked`,
  },
  /** $1–$5 locked orders, $6–$9 the new rows of their history. */
  update: {
    name: 'orders_update',
    text: `
      with changed as (
        update orders set status = t.status, reason = t.reason, version = t.version, updated_at = t.updated_at
        from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[])
          as t (id, status, reason, version, updated_at)
        where orders.id = t.id
      )
      insert into order_history (order_id, version, type, at)
      select * from unnest($6::uuid[], $7::int[], $8::text[], $9::timestamptz[])`,
  },
  /** Waits for a transaction that reserves the same key; an expired key is reserved as if it were new. */
  reserveKeys: {
    name: 'idempotency_keys_reserve',
    text: `
      insert into idempotency_keys as held (customer_id, key, fingerprint, order_id, expires_at)
      select customer_id, key, fingerprint, order_id, now() + interval '24 hours'
      from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as t (customer_id, key, fingerprint, order_id)
      on conflict (customer_id, key) do update
        set fingerprint = excluded.fingerprint, order_id = excluded.order_id, unplaced_id = null,
          expires_at = excluded.expires_at
        where held.expires_at <= now()`,
  },
  /** Key and order are written together: an order that is there already was placed by an earlier transaction. */
  readKeys: {
    name: 'idempotency_keys_read',
    text: `
      select held.customer_id as "customerId", held.key, held.fingerprint, held.order_id as "orderId",
        exists (select 1 from orders where id = held.order_id) as placed
      from unnest($1::text[], $2::text[]) with ordinality as t (customer_id, key, position)
        join idempotency_keys held using (customer_id, key)
      order by position`,
  },
  /** Their rows are locked by `reserveKeys`. */
  addUnplaced: {
    name: 'idempotency_keys_add_unplaced',
    text: `
      update idempotency_keys as held set unplaced_id = t.id
      from unnest($1::text[], $2::text[], $3::uuid[]) as t (customer_id, key, id)
      where held.customer_id = t.customer_id and held.key = t.key and held.unplaced_id is distinct from t.id`,
  },
  forgetKeys: {
    name: 'idempotency_keys_forget',
    text: `
      delete from idempotency_keys where ctid = any(array(
        select ctid from idempotency_keys where expires_at <= now() limit $1 for update skip locked
      ))`,
  },
  addCompensations: {
    name: 'compensations_add',
    text: `insert into compensations (order_id, kind) select * from unnest($1::uuid[], $2::text[])
      on conflict do nothing`,
  },
  claimCompensations: {
    name: 'compensations_claim',
    text: `
      with due as (
        select order_id, kind from compensations
        where done_at is null and next_attempt_at <= now()
        order by next_attempt_at limit $1 for update skip locked
      )
      update compensations c
      set attempts = attempts + 1, next_attempt_at = now() + $2 * interval '1 millisecond'
      from due join orders o on o.id = due.order_id
      where c.order_id = due.order_id and c.kind = due.kind
      returning c.order_id as "orderId", c.kind, c.attempts as attempt, o.email, o.customer_id as "customerId",
        o.total_cents::float8 as "totalCents", o.currency, o.reason, o.flow, o.created_at as "acceptedAt"`,
  },
  completeCompensation: {
    name: 'compensations_complete',
    text: `update compensations set done_at = now(), last_error = left($3, 500) where order_id = $1 and kind = $2`,
  },
  retryCompensation: {
    name: 'compensations_retry',
    text: `update compensations set next_attempt_at = now() + $3 * interval '1 millisecond', last_error = left($4, 500)
      where order_id = $1 and kind = $2 and done_at is null`,
  },
} as const satisfies Record<string, Statement>;
