import type { SqlMigration } from '../postgres/migration.ts';

/**
 * `id` is the order within a key. Keys and values are bytes and headers `json`, because `text` and `jsonb` refuse the
 * character \u0000. The index has the key's hash, because a key may be longer than an index takes. Rows of a dead-letter topic are
 * dead letters that the broker refused. The table is empty while all is well, so the index is all that each batch pays for asking.
 */
export const deferredMigration: SqlMigration = {
  up: [
    `create table deferred_events (
       id bigint generated always as identity primary key,
       consumer text not null,
       topic text not null,
       key bytea not null,
       is_keyless boolean not null,
       message_id uuid not null,
       partition int not null,
       record_offset bigint not null,
       timestamp_ms bigint not null,
       headers json not null,
       value bytea,
       state text not null default 'waiting' check (state in ('waiting', 'dead')),
       attempts int not null,
       starts int not null default 0,
       next_attempt_at timestamptz not null,
       error_class text,
       error_message text,
       deferred_at timestamptz not null default clock_timestamp(),
       unique (consumer, message_id)
     )`,
    'create index deferred_events_order on deferred_events (consumer, topic, sha256(key), id)',
  ],
  down: ['drop table deferred_events'],
};
