import { messagingMigration } from '@sluice/messaging';
import { sqlMigration } from './sql-migration.ts';

/** The tables of libs/messaging, which every service has: they must be where its effects are. */
export class MessagingTables1600000000000 extends sqlMigration(messagingMigration) {}
