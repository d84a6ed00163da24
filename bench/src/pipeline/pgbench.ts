import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPgbench, runPgbench } from '../anchors/pgbench.ts';
import type { BenchContext } from '../row.ts';
import { administer } from './databases.ts';
import { startOurs } from './ours.ts';

const database = 'bench_pgbench';
const clientCounts = [8, 16, 32];

// What the order service writes for one order, in one statement and one commit, into tables that it made. No colon in
// a literal: pgbench would take what follows for a variable.
const insert = `\\set customer random(1, 1000)
\\set sku random(1, 50)
with placed as (
  insert into orders
    (id, customer_id, email, currency, total_cents, flow, status, version, deadline_at, created_at, updated_at)
  values (uuidv7(), 'c' || :customer, 'c' || :customer || '@bench.example', 'EUR', 423, 'async', 'PENDING', 1,
    now() + interval '15 min', now(), now())
  returning id, customer_id, created_at
), lines as (
  insert into order_lines (order_id, line_no, sku, quantity, unit_price_cents)
  select id, line, 'bench-' || :sku, 1, 199 from placed, generate_series(1, 2) as line
), history as (
  insert into order_history (order_id, version, type, at) select id, 1, 'order.placed', created_at from placed
)
insert into outbox (topic, message_id, key, version, type, data_version, payload)
select 'orders.v1', uuidv7(), id::text, 1, 'order.placed', 1,
  jsonb_build_object('orderId', id, 'customerId', customer_id, 'email', customer_id || '@bench.example',
    'currency', 'EUR', 'totalCents', 423, 'lines', repeat('x', 100))::text
from placed
`;

/** pgbench, one order per transaction, in the tables of the order service. */
export class OrdersByPgbench implements AsyncDisposable {
  private clients = clientCounts[0]!;
  private readonly context: BenchContext;
  private readonly command: string;
  private readonly folder: string;

  private constructor(context: BenchContext, command: string, folder: string) {
    this.context = context;
    this.command = command;
    this.folder = folder;
  }

  /** Tries each number of clients for a moment and keeps the best. Throws when there is no pgbench. */
  static async open(context: BenchContext): Promise<OrdersByPgbench> {
    const command = await findPgbench();
    if (command === undefined) throw new Error('pgbench is not installed');
    // The service makes its tables when it starts, and has to be gone before they can be copied.
    await (await startOurs(context, { only: ['order'] }))[Symbol.asyncDispose]();
    const { serverUrl } = context.infrastructure;
    await administer(serverUrl, `drop database if exists ${database} with (force)`);
    await administer(serverUrl, `create database ${database} template bench_order`);
    const folder = await mkdtemp(join(tmpdir(), 'sluice-pgbench-'));
    await writeFile(join(folder, 'order.sql'), insert);
    const pgbench = new OrdersByPgbench(context, command, folder);
    await pgbench.chooseClients();
    return pgbench;
  }

  /** Orders per second. */
  async run(seconds: number): Promise<number> {
    await administer(this.url, 'truncate orders, order_lines, order_history, outbox', 'checkpoint');
    return this.insert(seconds, this.clients);
  }

  get clientCount(): number {
    return this.clients;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async chooseClients(): Promise<void> {
    let best = 0;
    for (const clients of clientCounts) {
      const perSecond = await this.insert(2, clients);
      if (perSecond > best) [best, this.clients] = [perSecond, clients];
    }
  }

  private insert(seconds: number, clients: number): Promise<number> {
    const { command, url } = this;
    const scriptFile = join(this.folder, 'order.sql');
    return runPgbench({ command, url, scriptFile, clients, seconds, signal: this.context.signal });
  }

  private get url(): string {
    const url = new URL(this.context.infrastructure.serverUrl);
    url.pathname = `/${database}`;
    return url.href;
  }
}
