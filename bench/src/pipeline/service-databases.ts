import { hasDatabase, serviceNames, type DatabaseOwner } from '@sluice/contracts';
import pg from 'pg';
import { connected, createDatabase } from '../databases.ts';

const owners = serviceNames.filter(hasDatabase);
const deadlockDetected = '40P01';
const maxAttempts = 5;

/** One empty database for each service, and a connection to each for asking what became of the orders. */
export class ServiceDatabases implements AsyncDisposable {
  readonly urls: Record<DatabaseOwner, string>;
  readonly #clients: Record<DatabaseOwner, pg.Client>;

  private constructor(urls: Record<DatabaseOwner, string>, clients: Record<DatabaseOwner, pg.Client>) {
    this.urls = urls;
    this.#clients = clients;
  }

  /** In place of those that have the names already. */
  static async create(serverUrl: string, prefix: string): Promise<ServiceDatabases> {
    const urls: Record<string, string> = {};
    const clients: Record<string, pg.Client> = {};
    for (const service of owners) {
      const url = await createDatabase(serverUrl, `${prefix}_${service}`);
      urls[service] = url;
      clients[service] = await connected(url);
    }
    return new ServiceDatabases(urls, clients);
  }

  async query<Row extends pg.QueryResultRow>(service: DatabaseOwner, text: string, values?: unknown[]): Promise<Row[]> {
    return (await this.#clients[service].query<Row>(text, values)).rows;
  }

  /** A single row with a single number of the name `n`. */
  async count(service: DatabaseOwner, text: string): Promise<number> {
    const [row] = await this.query<{ n: number }>(service, text);
    return Number(row?.n);
  }

  /** Adds SKUs and how many there are of each: both pipelines have a table `stock` with these columns. */
  async stockUp(stock: ReadonlyMap<string, number>): Promise<void> {
    const insert = 'insert into stock (sku, available) select * from unnest($1::text[], $2::bigint[])';
    await this.query('inventory', insert, [[...stock.keys()], [...stock.values()]]);
  }

  /** Empties all tables but those of migrations and leases. */
  async empty(): Promise<void> {
    for (const service of owners) {
      const names = await this.query<{ name: string }>(
        service,
        `select quote_ident(tablename) as name from pg_tables
         where schemaname = 'public' and tablename not in ('migrations', 'outbox_lease')`,
      );
      const truncate = `truncate ${names.map(({ name }) => name).join(', ')}`;
      if (names.length > 0) await retryDeadlocks(() => this.query(service, truncate));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of Object.values(this.#clients)) await client.end();
  }
}

/** The loops of a service lock several tables too, in an order of their own. */
async function retryDeadlocks(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      const isDeadlock = error instanceof pg.DatabaseError && error.code === deadlockDetected;
      if (!isDeadlock || attempt === maxAttempts) throw error;
    }
  }
}
