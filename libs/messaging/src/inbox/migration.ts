import type { SqlMigration } from '../postgres/migration.ts';

/** What a consumer group has processed, by the ids of the messages. */
export const inboxMigration: SqlMigration = {
  up: [
    `create table inbox (
       consumer text not null,
       message_id uuid not null,
       received_at timestamptz not null default now(),
       primary key (consumer, message_id)
     )`,
  ],
  down: ['drop table inbox'],
};
