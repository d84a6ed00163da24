import { messagingMigration } from '@sluice/messaging';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The tables of libs/messaging, which every service has: they must be where its effects are. */
export class MessagingTables1600000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of messagingMigration.up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of messagingMigration.down) await runner.query(statement);
  }
}
