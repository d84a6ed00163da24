import type { Statement } from '@sluice/service-kit';

/** $1–$3: the claims of a token among these, locked in the order of their keys. */
const held = `with held as (
    select order_id, kind from notifications n
    join unnest($2::uuid[], $3::text[]) r (order_id, kind) using (order_id, kind)
    where n.claimed_by = $1::uuid and n.status = 'CLAIMED'
    order by order_id, kind for update of n
  )`;

/**
 * Rows are taken in the order of their key everywhere, so that two transactions with the same notifications wait for each
 * other instead of deadlocking.
 */
export const sql = {
  /** `clock_timestamp()`, because the transaction may have waited for another claim since it began. */
  claim: {
    name: 'notifications_claim',
    text: `insert into notifications (order_id, kind, status, email, claimed_by, claimed_until)
      select order_id, kind, 'CLAIMED', email, $2::uuid, clock_timestamp() + $1 * interval '1 millisecond'
      from unnest($3::uuid[], $4::text[], $5::text[]) r (order_id, kind, email)
      order by order_id, kind
      on conflict (order_id, kind) do update
        set claimed_by = excluded.claimed_by, claimed_until = clock_timestamp() + $1 * interval '1 millisecond',
          attempts = notifications.attempts + 1
        where notifications.status = 'CLAIMED' and notifications.claimed_until <= clock_timestamp()
      returning order_id as "orderId", kind`,
  },
  known: {
    name: 'notifications_known',
    text: `select order_id as "orderId", kind, status, sent_at as "sentAt" from notifications
      join unnest($1::uuid[], $2::text[]) r (order_id, kind) using (order_id, kind)`,
  },
  renew: {
    name: 'notifications_renew',
    text: `${held}
      update notifications n set claimed_until = clock_timestamp() + $4 * interval '1 millisecond'
      from held where (n.order_id, n.kind) = (held.order_id, held.kind) and n.claimed_until > clock_timestamp()`,
  },
  /** All kinds of the orders: the version counts over them. */
  lock: {
    name: 'notifications_lock',
    text: `select order_id as "orderId", kind, status, version from notifications
      where order_id = any($1::uuid[]) order by order_id, kind for update`,
  },
  /** An upsert, because another holder may have taken over the claim and withdrawn it. The mail was sent anyway. */
  complete: {
    name: 'notifications_complete',
    text: `insert into notifications (order_id, kind, status, email, sent_at, version)
      select order_id, kind, 'SENT', email, sent_at, version
      from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::int[])
        r (order_id, kind, email, sent_at, version) order by order_id, kind
      on conflict (order_id, kind) do update
        set status = 'SENT', sent_at = excluded.sent_at, version = excluded.version,
          claimed_by = null, claimed_until = null
        where notifications.status = 'CLAIMED'
      returning order_id as "orderId", kind, sent_at as "sentAt", version`,
  },
  withdraw: {
    name: 'notifications_withdraw',
    text: `${held}
      delete from notifications n using held where (n.order_id, n.kind) = (held.order_id, held.kind)`,
  },
  expire: {
    name: 'notifications_expire',
    text: `${held}
      update notifications n set claimed_until = clock_timestamp()
      from held where (n.order_id, n.kind) = (held.order_id, held.kind)`,
  },
} as const satisfies Record<string, Statement>;
