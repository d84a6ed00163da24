import { parkingMigration } from '../parking/migration.ts';
import type { SqlMigration } from '../postgres/migration.ts';

/** What a consumer notes beside its effects: the messages it has dealt with, and those it could not deal with yet. */
export const inboxMigration: SqlMigration = {
  up: [
    `create table inbox (
       consumer text not null,
       message_id uuid not null,
       received_at timestamptz not null default now(),
       primary key (consumer, message_id)
     )`,
    ...parkingMigration.up,
  ],
  down: [...parkingMigration.down, 'drop table inbox'],
};
