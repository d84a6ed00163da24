import { startService, type RunningService } from '@sluice/service-kit';
import { createDatabase, metric, testConfig, type TestDatabase } from '@sluice/service-kit/testing';
import { Transactions } from '@sluice/messaging';
import pg from 'pg';
import { ApplyStockOutcomes, type OrderOutcome } from '../src/app/apply-stock-outcomes.ts';
import { OrderFeed } from '../src/app/order-feed.ts';
import { orderConfig } from '../src/config.ts';
import type { OrderFlow, StockOutcome } from '../src/domain/order.ts';
import { OrderModule } from '../src/order.module.ts';
import { anOrderBody } from './builders.ts';
import { StubServer, type StubRequest } from './stub-server.ts';

/** Nothing listens there: neither Kafka nor a downstream that a test does not need. */
export const nowhere = '127.0.0.1:1';

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

export interface Downstreams {
  inventory?: string;
  notification?: string;
}

/** The whole order service on a database of its own, without Kafka. */
export class OrderService implements AsyncDisposable {
  private constructor(
    readonly database: TestDatabase,
    private readonly env: Record<string, string>,
    private running: RunningService,
    private readonly client: pg.Client,
  ) {}

  static async start(
    { inventory, notification }: Downstreams = {},
    env: Record<string, string> = {},
  ): Promise<OrderService> {
    const database = await createDatabase();
    const all = {
      KAFKA_BROKERS: nowhere,
      INVENTORY_URL: inventory ?? `http://${nowhere}`,
      NOTIFICATION_URL: notification ?? `http://${nowhere}`,
      SWEEP_INTERVAL_MS: '20',
      // Starting to look for an unavailable Kafka can't be interrupted.
      SHUTDOWN_TIMEOUT_MS: '1500',
      ...env,
    };
    const running = await launch(database, all);
    const client = new pg.Client({ connectionString: database.url });
    // Dropping the database may end the connection before we do.
    client.on('error', () => undefined);
    await client.connect();
    return new OrderService(database, all, running, client);
  }

  get url(): string {
    return this.running.url;
  }

  async post(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
    return read(
      await fetch(`${this.url}${path}`, { method: 'POST', headers: { ...json, ...headers }, body: text ?? null }),
    );
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return read(await fetch(`${this.url}${path}`, { headers }));
  }

  /** Places an asynchronous order and answers its id. */
  async place(overrides: Record<string, unknown> = {}): Promise<string> {
    const { body } = await this.post('/orders', anOrderBody(overrides));
    return String(body['id']);
  }

  /** What the stock consumer does. */
  async applyOutcome(orderId: string, outcome: StockOutcome = { reserved: true }): Promise<void> {
    await this.applyOutcomes([{ orderId, outcome }]);
  }

  /** The same for a batch; `then` is called before the commit, and undoes it when it throws. */
  async applyOutcomes(outcomes: OrderOutcome[], then: () => void = () => undefined): Promise<void> {
    const applyOutcomes = this.running.app.get(ApplyStockOutcomes, { strict: false });
    await this.running.app.get(Transactions, { strict: false }).run(async (tx) => {
      await applyOutcomes.run(tx, outcomes);
      then();
    });
  }

  /** Requests that wait for or follow an order. */
  get followers(): number {
    return this.running.app.get(OrderFeed, { strict: false }).size;
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(text, values)).rows;
  }

  metric(name: string, labels?: Record<string, string>): Promise<number> {
    return metric(this.url, name, labels);
  }

  /** How many orders of a flow are accepted, confirmed, rejected and cancelled by this work, as `/metrics` shows it. */
  async counted(flow: OrderFlow, work: () => Promise<unknown>): Promise<number[]> {
    const terminal = ['confirmed', 'rejected', 'cancelled'].map((outcome) => ({ flow, outcome }));
    const counts = () =>
      Promise.all([
        this.metric('sluice_orders_accepted_total', { flow }),
        ...terminal.map((labels) => this.metric('sluice_orders_terminal_total', labels)),
      ]);
    const before = await counts();
    await work();
    return (await counts()).map((count, i) => count - before[i]!);
  }

  async count(table: string): Promise<number> {
    const [row] = await this.query<{ n: number }>(`select count(*)::int as n from ${table}`);
    return row!.n;
  }

  stop(): Promise<boolean> {
    return this.running.stop();
  }

  async restart(env: Record<string, string> = {}): Promise<void> {
    await this.stop();
    this.running = await launch(this.database, { ...this.env, ...env });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.client.end();
    await this.database.drop();
  }
}

function launch(database: TestDatabase, env: Record<string, string>): Promise<RunningService> {
  const config = testConfig('order', orderConfig, { ...env, DATABASE_URL: database.url });
  return startService(OrderModule.forRoot(config), config, { kafka: 'optional' });
}

async function read(response: Response): Promise<Answer> {
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

/** Stubs that do what they are asked, with stock for everything. */
export function willingInventory(): Promise<StubServer> {
  return StubServer.start(inventoryAnswer);
}

export function inventoryAnswer({ method, body }: StubRequest) {
  if (method === 'DELETE') return { status: 204 };
  return { status: 201, body: { ...(body as object), status: 'RESERVED' } };
}

export function willingNotification(): Promise<StubServer> {
  return StubServer.start(notificationAnswer);
}

export function notificationAnswer({ body }: StubRequest) {
  return { status: 201, body: { ...(body as object), status: 'SENT', sentAt: new Date().toISOString() } };
}
