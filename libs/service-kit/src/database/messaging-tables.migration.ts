import { inboxMigration, outboxMigration } from '@sluice/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables of libs/messaging, which every service has: they must be where its effects are. */
export class MessagingTables1600000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...inboxMigration.up, ...outboxMigration.up]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of [...outboxMigration.down, ...inboxMigration.down]) await runner.query(statement);
  }
}
