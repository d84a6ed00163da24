import { deferredMigration } from '../retry/migration.ts';
import type { SqlMigration } from '../postgres/migration.ts';
import { crashGuardMigration } from '../crash-guard/migration.ts';

/** What a consumer notes beside its effects: what it has dealt with, could not deal with yet, or may have died of. */
export const inboxMigration: SqlMigration = {
  up: [
    `create table inbox (
       consumer text not null,
       message_id uuid not null,
       received_at timestamptz not null default now(),
       primary key (consumer, message_id)
     )`,
    ...deferredMigration.up,
    ...crashGuardMigration.up,
  ],
  down: [...crashGuardMigration.down, ...deferredMigration.down, 'drop table inbox'],
};
