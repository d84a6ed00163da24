import { Logger } from '@nestjs/common';
import { isUnavailable, messageOf, untilSuccess, withoutValues } from '@sluice/core';
import { Session } from '@sluice/messaging';
import pg from 'pg';
import { DataSource, type MigrationInterface } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions.js';
import { MessagingTables1600000000000 } from './messaging-tables.migration.ts';
import { migrate } from './migrate.ts';

export interface DatabaseOptions {
  url: string;
  /** Shown as application_name. */
  service: string;
  entities: PostgresDataSourceOptions['entities'];
  /** Migration classes of the service's own tables, run in the order of the timestamps in their names. */
  migrations: (new () => MigrationInterface)[];
  /** Connections of this process; default 10. */
  poolSize?: number;
  /** PostgreSQL's settings of each connection, e.g. `customPlans`; default: the server's. */
  settings?: Record<string, string>;
}

/** Settings with which no plan is kept from when a table was empty: it would read all of one that has grown. */
export const customPlans = { plan_cache_mode: 'force_custom_plan' };

const logger = new Logger('database');

/** How long a start waits for a database that can't be reached. */
const startTimeoutMs = 30_000;

/** The pool that TypeORM made, for statements that need a name, or belong to a transaction. */
export function poolOf(dataSource: DataSource): pg.Pool {
  const { driver } = dataSource;
  if ('master' in driver && driver.master instanceof pg.Pool) return driver.master;
  throw new TypeError('not a DataSource of PostgreSQL');
}

/** Timeouts on every connection: a frozen process must not hold a hot row. See docs/adr/0006. */
function settingsOf(options: DatabaseOptions): PostgresDataSourceOptions {
  const { url, service, entities, migrations, poolSize = 10, settings = {} } = options;
  return {
    type: 'postgres',
    ...{ url, entities, poolSize },
    migrations: [MessagingTables1600000000000, ...migrations],
    applicationName: service,
    synchronize: false,
    installExtensions: false,
    connectTimeoutMS: 3_000,
    poolErrorHandler: (err: Error) => logger.warn({ err }, 'lost an idle connection'),
    extra: {
      Client: Session,
      lock_timeout: 2_000,
      statement_timeout: 5_000,
      idle_in_transaction_session_timeout: 10_000,
      // Above statement_timeout: only for a server that doesn't answer at all.
      query_timeout: 8_000,
      keepAlive: true,
      idleTimeoutMillis: 30_000,
      options: Object.entries(settings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    },
  };
}

/** Waits, with backoff, for a database that can't be reached or takes no login yet; any other error ends the start at once. */
export async function connect(options: DatabaseOptions): Promise<DataSource> {
  const settings = settingsOf(options);
  const attempt = async (): Promise<DataSource> => {
    await migrate(settings);
    return new DataSource(settings).initialize();
  };
  const onFailure = (error: unknown): void =>
    logger.warn(`the database can't be reached, trying again: ${withoutValues(messageOf(error))}`);
  const limits = { timeoutMs: startTimeoutMs, isTransient: isUnavailable, backoff: { maxMs: 2_000 } };
  try {
    return await untilSuccess(attempt, { ...limits, onFailure });
  } catch (cause) {
    if (!isUnavailable(cause)) throw cause;
    throw new Error(`the database could not be reached for ${startTimeoutMs} ms: ${messageOf(cause)}`, { cause });
  }
}
