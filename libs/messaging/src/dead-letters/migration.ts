import type { SqlMigration } from '../postgres/migration.ts';

/** One row per dead letter that was replayed, and per skip; kept, because it is the record of who did what. */
export const deadLetterReplaysMigration: SqlMigration = {
  up: [
    `create table dead_letter_replays (
       letter_id uuid primary key,
       topic text not null,
       partition integer not null,
       "offset" bigint not null,
       fingerprint text not null,
       replay_count integer not null,
       requested_by text not null,
       reason text not null,
       filter jsonb not null,
       claimed_at timestamptz not null default now(),
       lease_until timestamptz not null,
       sent_at timestamptz,
       sent_partition integer,
       sent_offset bigint,
       error text
     )`,
  ],
  down: ['drop table dead_letter_replays'],
};
