import type { SqlMigration } from '../postgres/migration.ts';

/**
 * What waits to be sent: a row is deleted when the broker has its event. `payload` is text, not jsonb: it leaves byte for
 * byte as it was appended, and jsonb refuses the character \u0000. All that passes through leaves dead tuples, hence the
 * eager autovacuum. See docs/adr/0007.
 */
export const outboxMigration: SqlMigration = {
  up: [
    `create table outbox (
       id bigint generated always as identity primary key,
       message_id uuid not null,
       topic text not null,
       key text not null,
       version integer not null check (version > 0),
       type text not null,
       data_version integer not null,
       traceparent text,
       tracestate text,
       baggage text,
       payload text not null,
       created_at timestamptz not null default clock_timestamp(),
       dead_at timestamptz,
       dead_reason text,
       attempts integer,
       unique (key, topic, version)
     ) with (
       autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000,
       autovacuum_vacuum_insert_scale_factor = 0.2
     )`,
    'create index outbox_begun on outbox (id) where version > 1',
    'create index outbox_dead on outbox (key, topic) where dead_at is not null',
    `create table outbox_lease (
       singleton boolean primary key default true check (singleton),
       owner text not null,
       epoch bigint not null,
       expires_at timestamptz not null
     )`,
  ],
  down: ['drop table outbox_lease', 'drop table outbox'],
};
