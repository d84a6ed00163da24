import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { BenchContext } from './row.ts';

/** A database of one run; dropped when it's disposed of. */
export interface BenchDatabase extends AsyncDisposable {
  url: string;
}

/** A fresh database, with these tables. */
export async function makeDatabase({ infrastructure }: BenchContext, tables = ''): Promise<BenchDatabase> {
  const { serverUrl } = infrastructure;
  const name = `bench_${randomUUID().replaceAll('-', '')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  await runSql(serverUrl, `create database ${name}`);
  await runSql(url.href, tables);
  const drop = (): Promise<void> => runSql(serverUrl, `drop database ${name} with (force)`);
  return { url: url.href, [Symbol.asyncDispose]: drop };
}

/** Statements without parameters, on a connection of their own. */
export async function runSql(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
