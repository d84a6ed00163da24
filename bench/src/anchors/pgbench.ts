import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { succeeds } from '@sluice/kit/wait';
import { runTool, scratchFolder } from '@sluice/stack/tools';
import { createDatabase, runSql } from '../databases.ts';
import type { BenchContext } from '../row.ts';
import { ToolMissing, type OpenAnchor } from './anchor.ts';

const packaged = '/usr/lib/postgresql';
const timeoutMs = 60_000;

const schema = `
  create table orders (id uuid primary key, customer_id int not null, total_cents bigint not null, status text not null);
  create table order_lines (order_id uuid not null, line int not null, sku int not null, quantity int not null,
    unit_price_cents bigint not null, primary key (order_id, line));
  create table outbox (id bigint generated always as identity primary key, topic text not null, key text not null,
    payload text not null)`;

// One round trip and one commit per order, which is the strongest form of it. No JSON literal: pgbench would take
// `:true` for a variable.
const insert = `\\set customer random(1, 100000)
\\set sku random(1, 1000)
with placed as (
  insert into orders values (gen_random_uuid(), :customer, 3998, 'PENDING') returning id, customer_id
), lines as (
  insert into order_lines select id, line, :sku + line, 1, 1999 from placed, generate_series(1, 2) line
)
insert into outbox (topic, key, payload)
  select 'orders', id::text, jsonb_build_object('orderId', id, 'pad', repeat('x', 300))::text from placed;
`;

export interface PgbenchScript {
  databaseUrl: string;
  /** One transaction. */
  script: string;
}

/** Transactions per second of one script, prepared, without the time that connecting takes. */
export type RunPgbench = (clients: number, seconds: number) => Promise<number>;

/** Rejects with `ToolMissing` when there is no pgbench. */
export async function preparePgbench(
  { signal }: BenchContext,
  cleanup: AsyncDisposableStack,
  { databaseUrl, script }: PgbenchScript,
): Promise<RunPgbench> {
  const command = await findPgbench(signal);
  const file = join(await scratchFolder(cleanup), 'order.sql');
  await writeFile(file, script);
  return async (clients, seconds) => {
    const load = ['--client', String(clients), '--jobs', '1', '--time', String(seconds)];
    const args = ['--no-vacuum', '--protocol', 'prepared', '--file', file, ...load, databaseUrl];
    return transactionsPerSecond(await runTool(command, args, { timeoutMs: timeoutMs + seconds * 1_000, signal }));
  };
}

/** Orders per second that pgbench inserts, each with two lines and an outbox row, one commit per order. */
export const openPgbench: OpenAnchor = async (context, cleanup) => {
  const databaseUrl = await createDatabase(context.infrastructure.serverUrl, 'bench_anchor');
  await runSql(databaseUrl, schema);
  const run = await preparePgbench(context, cleanup, { databaseUrl, script: insert });
  return async () => {
    await runSql(databaseUrl, 'truncate orders, order_lines, outbox');
    return { pgbench: await run(8, 2) };
  };
};

/** Of pgbench's report. Throws when it has none. */
export function transactionsPerSecond(report: string): number {
  const found = /^tps = ([\d.]+) \(without initial connection time\)/m.exec(report)?.[1];
  if (found === undefined) throw new Error(`pgbench reported no transactions per second:\n${report}`);
  return Number(found);
}

/** On PATH, else the newest that Debian's packages have put aside. */
async function findPgbench(signal: AbortSignal): Promise<string> {
  const versions = await readdir(packaged).catch(() => []);
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  for (const command of ['pgbench', ...newestFirst.map((version) => join(packaged, version, 'bin', 'pgbench'))]) {
    if (await succeeds(runTool(command, ['--version'], { timeoutMs: 10_000, signal }))) return command;
  }
  signal.throwIfAborted();
  throw new ToolMissing('pgbench is not installed (Debian: postgresql-contrib)');
}
