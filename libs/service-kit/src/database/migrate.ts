import { scope } from '@sluice/core';
import { DataSource, type QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';

/** Longest wait for another instance that migrates the same database, and longest single step; milliseconds. */
const patienceMs = 120_000;

/**
 * Brings the database up to date under an advisory lock, so that instances that start together don't race. On
 * connections of its own: the timeouts of the service's are far too short for building an index.
 */
export async function migrate(options: PostgresDataSourceOptions): Promise<void> {
  const given: unknown = options.extra;
  const extra = {
    ...(given as object),
    statement_timeout: patienceMs,
    lock_timeout: patienceMs,
    query_timeout: patienceMs,
  };
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
