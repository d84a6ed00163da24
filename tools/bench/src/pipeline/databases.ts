import { serviceNames, type ServiceName } from '@sluice/messaging/contracts';
import pg from 'pg';

const deadlockDetected = '40P01';
const maxAttempts = 5;

/** One empty database for each service, and a connection to each for asking what became of the orders. */
export class Databases implements AsyncDisposable {
  readonly urls: Record<ServiceName, string>;
  private readonly clients: Record<ServiceName, pg.Client>;

  private constructor(urls: Record<ServiceName, string>, clients: Record<ServiceName, pg.Client>) {
    this.urls = urls;
    this.clients = clients;
  }

  /** Replaces databases that have the name already, whoever is connected to them. */
  static async create(serverUrl: string, prefix: string): Promise<Databases> {
    const urls: Record<string, string> = {};
    const clients: Record<string, pg.Client> = {};
    for (const service of serviceNames) {
      const name = `${prefix}_${service}`;
      await administer(serverUrl, `drop database if exists ${name} with (force)`, `create database ${name}`);
      const url = new URL(serverUrl);
      url.pathname = `/${name}`;
      urls[service] = url.href;
      clients[service] = await connected(url.href);
    }
    return new Databases(urls, clients);
  }

  async query<Row extends pg.QueryResultRow>(service: ServiceName, text: string, values?: unknown[]): Promise<Row[]> {
    return (await this.clients[service].query<Row>(text, values)).rows;
  }

  /** A single row with a single number of the name `n`. */
  async count(service: ServiceName, text: string): Promise<number> {
    const [row] = await this.query<{ n: number }>(service, text);
    return Number(row?.n);
  }

  /** Of all tables but those of migrations and leases. */
  async empty(): Promise<void> {
    for (const service of serviceNames) {
      const names = await this.query<{ name: string }>(
        service,
        `select quote_ident(tablename) as name from pg_tables
         where schemaname = 'public' and tablename not in ('migrations', 'outbox_lease')`,
      );
      const truncate = `truncate ${names.map(({ name }) => name).join(', ')}`;
      if (names.length > 0) await againAfterDeadlock(() => this.query(service, truncate));
    }
  }

  /** A session that sees the database as it is now until it is disposed of. */
  async openTransaction(service: ServiceName): Promise<AsyncDisposable> {
    const client = await connected(this.urls[service]);
    await client.query('begin isolation level repeatable read');
    await client.query('select 1');
    return { [Symbol.asyncDispose]: () => client.end() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of Object.values(this.clients)) await client.end();
  }
}

/** A service's loops look into several tables too, and in their own order. */
async function againAfterDeadlock(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.code !== deadlockDetected || attempt === maxAttempts)
        throw error;
    }
  }
}

/** Both pipelines have a table of that name with these columns. */
export async function stockUp(databases: Databases, stock: ReadonlyMap<string, number>): Promise<void> {
  const insert = 'insert into stock (sku, available) select * from unnest($1::text[], $2::bigint[])';
  await databases.query('inventory', insert, [[...stock.keys()], [...stock.values()]]);
}

/** Statements on the server, each by itself. */
export async function administer(serverUrl: string, ...statements: string[]): Promise<void> {
  const client = await connected(serverUrl);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

async function connected(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: 'sluice-bench' });
  // Whoever waits for an answer learns it too.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
