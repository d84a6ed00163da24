import { randomUUID } from 'node:crypto';
import { PostgresTransactions, Session } from '@sluice/messaging';
import pg from 'pg';
import type { Logger } from 'pino';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import type { z } from 'zod';
import { parseConfig, type ConfigOf } from '../config.ts';
import { poolOf } from '../database/connect.ts';
import { createLogger } from '../logging.ts';
import { MessagingTables1600000000000 } from '../database/messaging-tables.migration.ts';

export { brake } from './brake.ts';
export { metric } from './metric.ts';
export { forgetTracing, RecordedSpans } from './recorded-spans.ts';

export interface TestDatabase {
  readonly url: string;
  /** Drops the database, also while there are connections. */
  drop: () => Promise<void>;
}

/** An empty database on the server of `DATABASE_URL`, whose user may create some. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env['DATABASE_URL'];
  if (!server) throw new Error('DATABASE_URL is not set: integration tests need a PostgreSQL server');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  await administer(server, `create database ${name}`);
  const drop = async (): Promise<void> => {
    await administer(server, untilUnused(name));
    await administer(server, `drop database if exists ${name} with (force)`);
  };
  return { url: url.href, drop };
}

export interface MigratedDatabase extends AsyncDisposable {
  url: string;
  dataSource: DataSource;
  transactions: PostgresTransactions;
}

/** A database with the tables of a service and of libs/messaging; dropped when disposed of. */
export async function migratedDatabase(
  entities: PostgresDataSourceOptions['entities'],
  migrations: (new () => MigrationInterface)[],
): Promise<MigratedDatabase> {
  const { url, drop } = await createDatabase();
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    poolSize: 16,
    entities,
    migrations: [MessagingTables1600000000000, ...migrations],
    extra: { Client: Session, lock_timeout: 5_000, statement_timeout: 10_000 },
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  return {
    url,
    dataSource,
    transactions: new PostgresTransactions(poolOf(dataSource)),
    async [Symbol.asyncDispose]() {
      await dataSource.destroy();
      await drop();
    },
  };
}

export const testAdminToken = 'token-of-the-tests';

/** The config of a service for a test: a free port, quiet, the broker of `KAFKA_BROKERS`. */
export function testConfig<S extends z.ZodObject>(
  service: string,
  schema: S,
  env: Record<string, string> & { DATABASE_URL: string },
): ConfigOf<S> {
  const defaults = {
    PORT: '0',
    KAFKA_BROKERS: process.env['KAFKA_BROKERS'] ?? '127.0.0.1:1',
    ADMIN_TOKEN: testAdminToken,
    LOG_LEVEL: 'fatal',
    SHUTDOWN_TIMEOUT_MS: '11000',
  };
  return parseConfig(service, schema, { ...defaults, ...env });
}

/** A logger for `startService`, and the lines that it wrote so far. */
export async function recordingLogger(service: string): Promise<{ logger: Logger; lines: Record<string, unknown>[] }> {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>);
  return { logger: await createLogger({ service, logLevel: 'warn' }, { write }), lines };
}

/** A pool that was ended is still closing its connections: one that is cut meanwhile raises an error without a listener. */
function untilUnused(name: string): string {
  return `do $$ begin
    for i in 1..100 loop
      exit when not exists (select from pg_stat_activity where datname = '${name}');
      perform pg_sleep(0.02);
      perform pg_stat_clear_snapshot();
    end loop;
  end $$`;
}

async function administer(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server, connectionTimeoutMillis: 5_000, query_timeout: 20_000 });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
