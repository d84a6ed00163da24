import { parkingMigration } from '../parking/migration.ts';
import type { SqlMigration } from '../postgres/migration.ts';
import { suspectsMigration } from '../suspects/migration.ts';

/** What a consumer notes beside its effects: what it has dealt with, could not deal with yet, or may have died of. */
export const inboxMigration: SqlMigration = {
  up: [
    `create table inbox (
       consumer text not null,
       message_id uuid not null,
       received_at timestamptz not null default now(),
       primary key (consumer, message_id)
     )`,
    ...parkingMigration.up,
    ...suspectsMigration.up,
  ],
  down: [...suspectsMigration.down, ...parkingMigration.down, 'drop table inbox'],
};
