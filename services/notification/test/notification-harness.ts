import { randomUUID } from 'node:crypto';
import { withAdmin } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { Outbox, Transactions } from '@sluice/messaging';
import { notificationsTopic, ordersTopic } from '@sluice/contracts';
import { type OutgoingOf } from '@sluice/messaging/contract';
import { eventually, freshName } from '@sluice/core/testing';
import { publishedEvents, type PublishedEvent } from '@sluice/messaging/testing';
import { startService, type RunningService } from '@sluice/service-kit';
import { createDatabase, metric, testConfig, type TestDatabase } from '@sluice/service-kit/testing';
import { DataSource } from 'typeorm';
import { expect } from 'vitest';
import { notificationConfig } from '../src/config.ts';
import { NotificationModule } from '../src/notification.module.ts';
import { SmtpProvider, type ProviderOptions } from './smtp-provider.ts';

export type OrderMessage = OutgoingOf<typeof ordersTopic>;
export type Answer = { status: number; body: Record<string, unknown>; headers: Headers };

/** A database, a consumer group and a provider of their own, and instances of the service on them. */
export class NotificationHarness implements AsyncDisposable {
  readonly group = freshName('notification');
  readonly #instances: RunningService[] = [];

  private constructor(
    readonly database: TestDatabase,
    public provider: SmtpProvider,
  ) {}

  static async open(provider: ProviderOptions = {}): Promise<NotificationHarness> {
    return new NotificationHarness(await createDatabase(), await SmtpProvider.start(provider));
  }

  async start(env: Record<string, string> = {}): Promise<RunningService> {
    const config = testConfig(this.group, notificationConfig, {
      DATABASE_URL: this.database.url,
      SMTP_URL: this.provider.url,
      ...env,
    });
    const instance = await startService(NotificationModule.forRoot(config), config);
    this.#instances.push(instance);
    return instance;
  }

  get service(): RunningService {
    const [first] = this.#instances;
    if (!first) throw new Error('start an instance first');
    return first;
  }

  /** Lets the group begin at the end: orders.v1 is shared by all specs, and a new group reads it from its beginning. */
  async skipHistory(): Promise<void> {
    const driver = kafkaDriver({ brokers: brokers(), clientId: this.group });
    const admin = await driver.admin();
    const consumer = driver.consumer({ group: this.group, topics: [ordersTopic.name] });
    try {
      await admin.createTopics([{ name: ordersTopic.name, partitions: ordersTopic.partitions }]);
      const assigned = Promise.withResolvers<number>();
      await consumer.start({
        onAssigned: (_partitions, epoch) => assigned.resolve(epoch),
        onRecords: () => undefined,
        onOutOfRange: () => undefined,
        onCrash: (error) => assigned.reject(error),
      });
      const ends = [...(await admin.endOffsets(ordersTopic.name))];
      const offsets = ends.map(([partition, offset]) => ({ topic: ordersTopic.name, partition, offset }));
      await consumer.commit(offsets, await assigned.promise);
    } finally {
      await consumer.stop();
      await admin.close();
    }
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return callInstance(this.service, method, path, body, headers);
  }

  /** Through the outbox of the service itself: that is what sends it, like any event. */
  publish(events: readonly OrderMessage[]): Promise<void> {
    const { app } = this.service;
    return app.get(Transactions).run((tx) => app.get(Outbox).append(tx, ordersTopic, events));
  }

  metric(name: string, labels?: Record<string, string>): Promise<number> {
    return metric(this.service.url, name, labels);
  }

  /** The lines of `/metrics`. */
  async scrape(): Promise<string[]> {
    return (await (await fetch(`${this.service.url}/metrics`)).text()).split('\n');
  }

  /** Records that the group has not passed yet. */
  async lag(): Promise<bigint> {
    return withAdmin(kafkaDriver({ brokers: brokers(), clientId: this.group }), async (admin) => {
      const committed = await admin.committedOffsets(this.group, ordersTopic.name);
      const ends = [...(await admin.endOffsets(ordersTopic.name))];
      return ends.reduce((sum, [partition, end]) => sum + end - (committed.get(partition) ?? 0n), 0n);
    });
  }

  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return this.service.app.get(DataSource).query<Row[]>(text, values);
  }

  /** Rows of the orders, by order and kind. */
  rows(orderIds: string[]): Promise<{ order_id: string; kind: string; status: string; attempts: number }[]> {
    return this.query(
      'select order_id, kind, status, attempts from notifications where order_id = any($1) order by 1, 2',
      [orderIds],
    );
  }

  /** What this service published about the orders: those of other specs take the same events. */
  async published(orderIds: string[]): Promise<PublishedEvent[]> {
    const driver = kafkaDriver({ brokers: brokers(), clientId: 'notification-spec' });
    // What waits would be read too late otherwise.
    await eventually(async () => expect(await this.query('select 1 from outbox')).toEqual([]));
    const published = await publishedEvents(driver, notificationsTopic.name, orderIds);
    return published.filter(({ source }) => source.endsWith(`:${this.group}`));
  }

  /** The provider is unavailable; `resume` brings it back on the same port. */
  async interrupt(): Promise<void> {
    await this.provider.stop();
  }

  async resume(port: number, options: ProviderOptions = {}): Promise<void> {
    this.provider = await SmtpProvider.start({ ...options, port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const instance of this.#instances) await instance.stop();
    await this.provider.stop();
    await this.database.drop();
  }
}

export async function callInstance(
  { url }: RunningService,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    signal: AbortSignal.timeout(15_000),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
  });
  const text = await response.text();
  const parsed = (text ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, body: parsed, headers: response.headers };
}

function brokers(): string[] {
  return (process.env['KAFKA_BROKERS'] ?? '').split(',');
}

const order = (orderId: string, email: string, acceptance: Acceptance = {}) => ({
  ...{ orderId, email, customerId: 'c-1', currency: 'EUR', totalCents: 1234 },
  ...acceptance,
});

/** Absent from events of before. */
type Acceptance = Pick<OrderMessage['data'], 'flow' | 'acceptedAt'>;

export function confirmed(
  orderId: string = randomUUID(),
  email = `${orderId}@x.test`,
  acceptance?: Acceptance,
): OrderMessage {
  return { type: 'order.confirmed', key: orderId, version: 2, data: order(orderId, email, acceptance) };
}

export function rejected(orderId: string): OrderMessage {
  const data = { ...order(orderId, `${orderId}@x.test`), reason: 'out-of-stock' };
  return { type: 'order.rejected', key: orderId, version: 2, data };
}

export function cancelled(orderId: string): OrderMessage {
  const data = { ...order(orderId, `${orderId}@x.test`), reason: 'customer' };
  return { type: 'order.cancelled', key: orderId, version: 3, data };
}

export function placed(orderId: string): OrderMessage {
  const lines = [{ sku: 'a', quantity: 1, unitPriceCents: 1234 }];
  return { type: 'order.placed', key: orderId, version: 1, data: { ...order(orderId, `${orderId}@x.test`), lines } };
}
