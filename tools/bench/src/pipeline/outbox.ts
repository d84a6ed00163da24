import { setTimeout as delay } from 'node:timers/promises';
import type { Databases } from './databases.ts';

const pollMs = 100;

/** As many events as a burst leaves behind, each of a key of its own, as they come from new orders. */
const backlog = `
  insert into outbox (topic, message_id, key, version, type, data_version, traceparent, payload)
  select topic, gen_random_uuid(), fresh.key, 1, type, data_version, traceparent, replace(payload, model.key, fresh.key)
  from (select * from outbox order by id limit 1) as model,
    (select gen_random_uuid()::text as key from generate_series(1, $1::int)) as fresh`;

/** Fills the outbox of the order service and waits until all is published: events per second, by the rows' own times. */
export async function drainOutbox(databases: Databases, events: number, signal: AbortSignal): Promise<number> {
  const [start] = await databases.query<{ id: string }>('order', 'select max(id) as id from outbox');
  await databases.query('order', backlog, [events]);
  await outboxPublished(databases, signal);
  // The relay may have begun before the insert was answered.
  const seconds = await databases.count(
    'order',
    `select extract(epoch from max(sent_at) - min(sent_at)) as n from outbox where id > ${Number(start?.id)}`,
  );
  return events / seconds;
}

export async function outboxPublished(databases: Databases, signal: AbortSignal): Promise<void> {
  const unsent = 'select count(*) as n from outbox where sent_at is null';
  while ((await databases.count('order', unsent)) > 0) await delay(pollMs, undefined, { signal });
}
