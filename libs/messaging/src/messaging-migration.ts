import { crashGuardMigration } from './crash-guard/migration.ts';
import { deadLetterReplaysMigration } from './dead-letters/migration.ts';
import { inboxMigration } from './inbox/migration.ts';
import { outboxMigration } from './outbox/migration.ts';
import type { SqlMigration } from './postgres/migration.ts';
import { deferredMigration } from './retry/migration.ts';

const parts = [outboxMigration, inboxMigration, deferredMigration, crashGuardMigration, deadLetterReplaysMigration];

/** All tables of this library: outbox, inbox, deferred events, crash guard and the audit of replays. */
export const messagingMigration: SqlMigration = {
  up: parts.flatMap(({ up }) => up),
  down: parts.toReversed().flatMap(({ down }) => down),
};

/** Those without which no event is published or processed. */
export const essentialTables: readonly string[] = ['outbox', 'inbox', 'deferred_events'];
