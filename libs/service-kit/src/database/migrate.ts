import { scope } from '@sluice/core';
import { DataSource, type QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

/** For another instance that migrates the same database, and for a single step; milliseconds. */
const timeoutMs = 120_000;

/**
 * Brings the database up to date under an advisory lock, so that instances that start together don't race. On
 * connections of its own: the timeouts of the service's are far too short for building an index.
 */
export async function migrate(options: PostgresDataSourceOptions): Promise<void> {
  const timeouts = { statement_timeout: timeoutMs, lock_timeout: timeoutMs, query_timeout: timeoutMs };
  const extra = { ...(options.extra as object), ...timeouts };
  const dataSource = new DataSource({ ...options, poolSize: 2, extra });
  await dataSource.initialize();
  try {
    const holder = dataSource.createQueryRunner();
    try {
      await holder.query(`select pg_advisory_lock(hashtext('${scope} migrations'))`);
      await dataSource.runMigrations({ transaction: 'each' });
    } finally {
      await unlock(holder);
    }
  } finally {
    await dataSource.destroy();
  }
}

async function unlock(holder: QueryRunner): Promise<void> {
  try {
    await holder.query('select pg_advisory_unlock_all()');
  } finally {
    await holder.release();
  }
}
