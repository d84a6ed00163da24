import { deadLetterReplaysMigration, inboxMigration, outboxMigration } from '@sluice/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = [inboxMigration, outboxMigration, deadLetterReplaysMigration];

/** The tables of libs/messaging, which every service has: they must be where its effects are. */
export class MessagingTables1600000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of tables.flatMap(({ up }) => up)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of tables.toReversed().flatMap(({ down }) => down)) await runner.query(statement);
  }
}
