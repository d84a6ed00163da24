import { databases, type DatabaseOwner } from '@sluice/contracts';
import { withDatabase } from '@sluice/kit/database';
import pg from 'pg';
import { ignoring } from '../ignoring.ts';

const DUPLICATE_DATABASE = '42P04';

/** The URL of a service's own database on the server of `serverUrl`. */
export function databaseUrl(serverUrl: string, service: DatabaseOwner): string {
  const url = new URL(serverUrl);
  url.pathname = `/${databases[service]}`;
  return url.href;
}

/** Creates the database of each service that has none yet. Rejects when the server can't be reached or refuses. */
export async function ensureDatabases(serverUrl: string): Promise<void> {
  const createMissing = async (client: pg.Client): Promise<void> => {
    const { rows } = await client.query<{ datname: string }>('select datname from pg_database');
    const existing = new Set(rows.map(({ datname }) => datname));
    for (const name of Object.values(databases).filter((database) => !existing.has(database))) {
      await client.query(`create database ${pg.escapeIdentifier(name)}`).catch(ignoring(DUPLICATE_DATABASE));
    }
  };
  const options = { application_name: 'stack', connectionTimeoutMillis: 2_000, query_timeout: 15_000 };
  await withDatabase(serverUrl, createMissing, options);
}
