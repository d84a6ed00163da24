import type { MigrationInterface, QueryRunner } from 'typeorm';

// Ids of the log flow are made of customer and key, so that lists can't go by id any more.
const byTime = [
  'drop index orders_customer',
  'drop index orders_status',
  'create index orders_customer on orders (customer_id, created_at, id)',
  'create index orders_status on orders (status, created_at, id)',
  'create index orders_created on orders (created_at, id)',
];
const byId = [
  'drop index orders_customer',
  'drop index orders_status',
  'drop index orders_created',
  'create index orders_customer on orders (customer_id, id)',
  'create index orders_status on orders (status, id)',
];

export class OrderByTime1700000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of byTime) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of byId) await runner.query(statement);
  }
}
