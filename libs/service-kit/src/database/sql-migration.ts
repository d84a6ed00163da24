import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A TypeORM migration of plain SQL, to be extended by a class whose name ends with its timestamp. Runs in this order. */
export function sqlMigration({ up, down }: Record<'up' | 'down', readonly string[]>): new () => MigrationInterface {
  const run = async (runner: QueryRunner, statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await runner.query(statement);
  };
  return class implements MigrationInterface {
    up = (runner: QueryRunner): Promise<void> => run(runner, up);
    down = (runner: QueryRunner): Promise<void> => run(runner, down);
  };
}
