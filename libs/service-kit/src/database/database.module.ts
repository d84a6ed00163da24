import { type DynamicModule, Logger, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { essentialTables, PostgresTransactions, Session, Transactions } from '@sluice/messaging';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Readiness, type ExplainedHealth, type Health } from '../readiness.ts';
import { connect, poolOf, type DatabaseOptions } from './connect.ts';

const logger = new Logger('database');

/**
 * Read, so that asking changes nothing. A standby is read-only whatever its sessions were told. Of the tables $1 those that
 * are missing, or that this role may not read and write.
 */
const usability = `
  select not (pg_is_in_recovery() or current_setting('transaction_read_only')::boolean) as "isWritable",
    array(
      select name from unnest($1::text[]) name, to_regclass(name) found
      where found is null
        or not (has_any_column_privilege(found, 'select') and has_any_column_privilege(found, 'insert'))
    ) as "unusableTables"`;

interface Usability {
  isWritable: boolean;
  unusableTables: string[];
}

/** A session keeps the setting that its database had when it was opened: an older one knows nothing of the present. */
const maxLifetimeSeconds = 10;

/** Global: provides TypeORM's DataSource and `Transactions` on the same pool, and the readiness check `postgres`. */
@Module({})
export class DatabaseModule implements OnModuleInit, OnApplicationShutdown {
  /** Of its own, so that a pool that is busy is not taken for an unavailable one. */
  readonly #health: pg.Pool;

  constructor(
    private readonly dataSource: DataSource,
    private readonly readiness: Readiness,
  ) {
    const { connectionString, application_name } = poolOf(dataSource).options;
    const timeouts = { connectionTimeoutMillis: 1_500, query_timeout: 1_500 };
    const session = { Client: Session, max: 1, maxLifetimeSeconds };
    this.#health = new pg.Pool({ connectionString, application_name, ...session, ...timeouts });
    this.#health.on('error', (err) => logger.debug({ err }, 'lost the connection of the health check'));
  }

  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: DataSource, useFactory: () => connect(options) },
        {
          provide: Transactions,
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => new PostgresTransactions(poolOf(dataSource)),
        },
      ],
      exports: [DataSource, Transactions],
    };
  }

  onModuleInit(): void {
    const own = this.dataSource.entityMetadatas.map(({ tablePath }) => tablePath);
    const tables = [...own, ...essentialTables].map((path) => path.split('.').map(pg.escapeIdentifier).join('.'));
    this.readiness.register('postgres', async (): Promise<Health | ExplainedHealth> => {
      const { rows } = await this.#health.query<Usability>(usability, [tables]);
      const { isWritable, unusableTables } = rows[0]!;
      if (unusableTables.length > 0) return { health: 'down', details: { unusableTables } };
      return isWritable ? 'up' : 'down';
    });
  }

  /** Nest calls this last, after the HTTP server and the consumers. */
  async onApplicationShutdown(): Promise<void> {
    await this.#health.end();
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}
