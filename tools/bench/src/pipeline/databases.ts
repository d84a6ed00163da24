import { serviceNames, type ServiceName } from '@sluice/stack/tools';
import pg from 'pg';

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
      if (names.length > 0) await this.query(service, `truncate ${names.map(({ name }) => name).join(', ')}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of Object.values(this.clients)) await client.end();
  }
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
