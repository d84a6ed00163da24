import { withDatabase } from '@sluice/kit/database';
import pg from 'pg';

/** An empty database in place of one that has the name already, even if there are connections to that: its URL. */
export async function createDatabase(serverUrl: string, name: string, template = 'template1'): Promise<string> {
  const create = `create database ${name} template ${template}`;
  await runSql(serverUrl, `drop database if exists ${name} with (force)`, create);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Statements without parameters, on a connection of their own. */
export async function runSql(url: string, ...statements: string[]): Promise<void> {
  await withDatabase(url, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

export async function connected(connectionString: string): Promise<pg.Client> {
  const options = { application_name: 'sluice-bench', connectionTimeoutMillis: 10_000 };
  const client = new pg.Client({ connectionString, ...options });
  // The query that waits for an answer fails with the same error.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
