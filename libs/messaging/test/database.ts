import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { messagingMigration } from '../src/messaging-migration.ts';
import { PostgresTransactions } from '../src/postgres/postgres-transactions.ts';
import { Session } from '../src/postgres/session.ts';

export interface TestDatabase extends AsyncDisposable {
  url: string;
  pool: pg.Pool;
  transactions: PostgresTransactions;
}

/** A database of its own with outbox and inbox on the server of `DATABASE_URL`; dropped when disposed of. */
export async function testDatabase(poolSize = 10): Promise<TestDatabase> {
  const server = process.env.DATABASE_URL;
  if (!server) throw new Error('DATABASE_URL must name a PostgreSQL server');
  const name = `messaging_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  await admin.query(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const limits = { max: poolSize, connectionTimeoutMillis: 5_000 };
  const pool = new pg.Pool({ connectionString: url.href, Client: Session, ...limits });
  // Tests kill connections on purpose.
  pool.on('error', () => undefined);
  for (const statement of messagingMigration.up) await pool.query(statement);
  return {
    url: url.href,
    pool,
    transactions: new PostgresTransactions(pool),
    async [Symbol.asyncDispose]() {
      await pool.end();
      await admin.query(`drop database ${name} with (force)`);
      await admin.end();
    },
  };
}
