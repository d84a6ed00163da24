import { databases, type DatabaseOwner } from '@sluice/contracts';
import pg from 'pg';
import { ignoring } from '../ignoring.ts';

const CONNECT_TIMEOUT_MS = 2_000;
const QUERY_TIMEOUT_MS = 15_000;
const DUPLICATE_DATABASE = '42P04';

/** The URL of a service's own database on the server of `serverUrl`. */
export function databaseUrl(serverUrl: string, service: DatabaseOwner): string {
  const url = new URL(serverUrl);
  url.pathname = `/${databases[service]}`;
  return url.href;
}

/** Creates the database of each service that has none yet. Rejects when the server can't be reached or refuses. */
export async function ensureDatabases(serverUrl: string): Promise<void> {
  const client = new pg.Client({
    connectionString: serverUrl,
    application_name: 'stack',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  });
  // The query rejects with the same error; an error event without a listener would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const existing = new Set(rows.map(({ datname }) => datname));
    for (const name of Object.values(databases).filter((database) => !existing.has(database))) {
      await client.query(`create database ${pg.escapeIdentifier(name)}`).catch(ignoring(DUPLICATE_DATABASE));
    }
  } finally {
    await client.end();
  }
}
