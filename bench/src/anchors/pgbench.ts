import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from '@sluice/stack/tools';
import { makeDatabase, runSql } from '../databases.ts';
import { outputOf } from '../program.ts';
import type { Anchor, OpenAnchor } from './anchor.ts';
import { AnchorMissing } from './anchor.ts';

const packaged = '/usr/lib/postgresql';
const clients = 8;

const tables = `
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

export interface PgbenchRun {
  command: string;
  /** Of the database. */
  url: string;
  scriptFile: string;
  clients: number;
  seconds: number;
  signal?: AbortSignal;
}

/** pgbench on PATH, else the newest that Debian's packages have put aside; undefined when there is none. */
export async function findPgbench(): Promise<string | undefined> {
  const versions = await readdir(packaged).catch(() => []);
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  for (const command of ['pgbench', ...newestFirst.map((version) => join(packaged, version, 'bin', 'pgbench'))]) {
    const works = await outputOf(command, ['--version']).then(
      () => true,
      () => false,
    );
    if (works) return command;
  }
  return undefined;
}

/** Transactions per second of one script, prepared, without the time that connecting takes. */
export async function runPgbench({ command, url, scriptFile, clients, seconds, signal }: PgbenchRun): Promise<number> {
  const load = ['--client', String(clients), '--jobs', '1', '--time', String(seconds)];
  const args = ['--no-vacuum', '--protocol', 'prepared', '--file', scriptFile, ...load, url];
  return transactionsPerSecond(await outputOf(command, args, { signal }));
}

/** Of pgbench's report. Throws when it has none. */
export function transactionsPerSecond(report: string): number {
  const found = /^tps = ([\d.]+) \(without initial connection time\)/m.exec(report)?.[1];
  if (found === undefined) throw new Error(`pgbench reported no transactions per second:\n${report}`);
  return Number(found);
}

/** Orders per second that pgbench inserts, each with two lines and an outbox row, one commit per order. */
export const openPgbench: OpenAnchor = async (context): Promise<Anchor> => {
  const { signal } = context;
  const command = await findPgbench();
  if (command === undefined) throw new AnchorMissing('pgbench is not installed (Debian: postgresql-contrib)');
  const folder = await mkdtemp(join(tmpdir(), 'sluice-pgbench-'));
  const release = guard({ kind: 'path', path: folder });
  const scriptFile = join(folder, 'order.sql');
  await writeFile(scriptFile, insert);
  const database = await makeDatabase(context, tables);
  const { url } = database;
  return {
    measure: async () => {
      await runSql(url, 'truncate orders, order_lines, outbox');
      return { pgbench: await runPgbench({ command, url, scriptFile, clients, seconds: 2, signal }) };
    },
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
      release();
    },
  };
};
