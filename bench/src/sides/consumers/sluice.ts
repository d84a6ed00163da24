import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { orderPlaced, type OrderEvent } from '@sluice/contracts';
import { Producer } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import {
  Consumes,
  ConsumerStrategy,
  ConsumesExternally,
  Inbox,
  messagingMigration,
  MessagingModule,
  MessagingRuntime,
  pgClient,
  PostgresTransactions,
  Session,
  Transactions,
  type ExternalEffect,
  type Transaction,
} from '@sluice/messaging';
import { defineTopic } from '@sluice/messaging/contract';
import pg from 'pg';
import type { ConsumerInput, OpenConsumer } from '../run-consumer.ts';
import { controllerOf, logger, rootOf } from './controller.ts';

const waitMs = 5;

const insert = `
  insert into handled (order_id, total_cents)
  select * from unnest($1::uuid[], $2::bigint[])`;

/** As our services consume: a batch, its inbox rows and its effect in one transaction. */
export const openModule: OpenConsumer = async (input, handled) => {
  const pool = await migrated(input);
  const handler = async (events: OrderEvent[], tx: Transaction): Promise<void> => {
    const values = [events.map(({ data }) => data.orderId), events.map(({ data }) => data.totalCents)];
    await pgClient(tx).query({ name: 'bench_insert', text: insert, values });
    handled(events.length);
  };
  const transactions = {
    module: class Shared {},
    global: true,
    providers: [{ provide: Transactions, useValue: new PostgresTransactions(pool) }],
    exports: [Transactions],
  };
  const kafka = kafkaDriver({ brokers: input.brokers, clientId: input.group });
  const messaging = MessagingModule.forRoot({ service: input.group, kafka });
  const root = rootOf(controllerOf(Consumes(contractOf(input)), handler), [transactions, messaging]);
  const app = await NestFactory.create(root, new FastifyAdapter(), { logger });
  app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: true });
  await app.init();
  await app.get(MessagingRuntime).start();
  await app.startAllMicroservices();
  return async () => {
    await app.close();
    await pool.end();
  };
};

/** The whole consumer with a handler and an inbox that do nothing: fetch, decode, validate, commit. */
export const openStrategy: OpenConsumer = (input, handled) => open(input, handled, () => Promise.resolve());

/** The same with a handler that waits for 5 ms per event, one after the other, as for an external system. */
export const openWaiting: OpenConsumer = (input, handled) =>
  open(input, handled, async (events) => {
    for (let left = events.length; left > 0; left -= 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
  });

async function open(
  input: ConsumerInput,
  handled: (records: number) => void,
  perform: (events: OrderEvent[]) => Promise<void>,
): ReturnType<OpenConsumer> {
  const { brokers, group, keyConcurrency = 1 } = input;
  const driver = kafkaDriver({ brokers, clientId: 'bench' });
  const producer = new Producer(driver);
  const pool = await migrated(input);
  const strategy = new ConsumerStrategy({
    group,
    driver,
    producer,
    transactions: new PostgresTransactions(pool),
    inbox: new ForgetfulInbox(),
    onFatal: (error) => {
      throw error;
    },
  });
  const handler = (events: OrderEvent[]): ExternalEffect => {
    const nothing = (): Promise<void> => Promise.resolve();
    return { claim: nothing, perform: () => perform(events), complete: async () => handled(events.length) };
  };
  const root = rootOf(controllerOf(ConsumesExternally(contractOf(input), { keyConcurrency }), handler));
  const app = await NestFactory.createMicroservice(root, { strategy, logger });
  await app.listen();
  return async () => {
    await app.close();
    await producer.close();
    await pool.end();
  };
}

class ForgetfulInbox extends Inbox {
  override async recordNew(_tx: unknown, _group: string, ids: readonly string[]): Promise<Set<string>> {
    return new Set(ids);
  }

  override async known(): Promise<Set<string>> {
    return new Set();
  }
}

function contractOf({ topic, partitions }: ConsumerInput) {
  return defineTopic(topic, { key: 'order id', events: [orderPlaced], partitions });
}

async function migrated({ databaseUrl }: ConsumerInput): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10, Client: Session });
  for (const statement of messagingMigration.up) await pool.query(statement);
  return pool;
}
