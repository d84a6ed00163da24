import { setTimeout as delay } from 'node:timers/promises';
import { orderRecords } from '../payload.ts';
import type { ServiceDatabases } from './service-databases.ts';

const pollMs = 100;

/** A row leaves the outbox when the broker has its event. The trigger records when, which the outbox doesn't. */
const recordPublished = [
  'create table if not exists published (created_at timestamptz not null, at timestamptz not null)',
  `create or replace function record_published() returns trigger language plpgsql as $$ begin
     insert into published select created_at, clock_timestamp() from gone;
     return null;
   end $$`,
  `create or replace trigger record_published after delete on outbox referencing old table as gone
     for each statement execute function record_published()`,
];

const [model] = orderRecords(1);

/** A backlog as a burst of new orders leaves it: each event has a key of its own. */
const backlog = `
  with added as (
    insert into outbox (topic, message_id, key, version, type, data_version, payload)
    select 'orders.v1', gen_random_uuid(), fresh.key, 1, 'order.placed', 1, replace($2, $3, fresh.key)
    from (select gen_random_uuid()::text as key from generate_series(1, $1::int)) as fresh
    returning id
  )
  select max(id) as last, clock_timestamp() as at from added`;

export async function recordPublishing(databases: ServiceDatabases): Promise<void> {
  for (const statement of recordPublished) await databases.query('order', statement);
}

/** Milliseconds from a row to its event's acknowledgement; of what was published since `recordPublishing` or `empty`. */
export async function publishLatency(databases: ServiceDatabases, share: number): Promise<number> {
  return databases.count(
    'order',
    `select 1000 * percentile_cont(${share}) within group (order by extract(epoch from at - created_at)) as n
     from published`,
  );
}

/** Fills the outbox of the order service and waits until all is published: events per second. After `recordPublishing`. */
export async function drainOutbox(databases: ServiceDatabases, events: number, signal: AbortSignal): Promise<number> {
  const values = [events, model!.value, model!.key];
  const [added] = await databases.query<{ last: string; at: Date }>('order', backlog, values);
  // The last row alone: reading past all deleted rows would be work for the database meanwhile.
  const left = `select count(*) as n from outbox where id = ${Number(added?.last)}`;
  while ((await databases.count('order', left)) > 0) await delay(pollMs, undefined, { signal });
  // The relay may have begun before the insert was answered.
  const [took] = await databases.query<{ seconds: number }>(
    'order',
    `select extract(epoch from max(at) - min(at))::float8 as seconds from published where at >= $1`,
    [added?.at],
  );
  return events / took!.seconds;
}

export async function outboxPublished(databases: ServiceDatabases, signal: AbortSignal): Promise<void> {
  const left = 'select count(*) as n from (select from outbox limit 1) as any_row';
  while ((await databases.count('order', left)) > 0) await delay(pollMs, undefined, { signal });
}
