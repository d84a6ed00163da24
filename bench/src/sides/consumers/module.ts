import { Logger, type DynamicModule, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  Consumes,
  ConsumerStrategy,
  inboxMigration,
  MessagingModule,
  MessagingRuntime,
  orderPlaced,
  outboxMigration,
  pgClient,
  PostgresTransactions,
  topic as topicOf,
  Transactions,
  type OrderEvent,
  type TopicContract,
  type Transaction,
} from '@sluice/messaging';
import pg from 'pg';
import type { ConsumeInput, OpenConsumer } from '../consume.ts';
import { controllerOf, rootOf } from './controller.ts';

Logger.overrideLogger(['error', 'warn']);

const insert = `
  insert into handled (order_id, total_cents)
  select * from unnest($1::uuid[], $2::bigint[])`;
const waitMs = 10;

/** As our services consume: a batch, its inbox rows and its effect in one transaction. */
export const openModule: OpenConsumer = (input, handled) =>
  open(input, (contract) => {
    const handler = async (events: OrderEvent[], tx: Transaction): Promise<void> => {
      const values = [events.map(({ data }) => data.orderId), events.map(({ data }) => data.totalCents)];
      await pgClient(tx).query({ name: 'bench_insert', text: insert, values });
      handled(events.length);
    };
    return controllerOf(Consumes(contract), handler);
  });

/** A handler that waits for somebody else for 10 ms per event, the database here, and needs no processor meanwhile. */
export const openModuleWaiting: OpenConsumer = async (input, handled) => {
  let isComplete = false;
  const close = await open(input, (contract) => {
    const handler = async (events: OrderEvent[], tx: Transaction): Promise<void> => {
      for (let left = events.length; left > 0; left -= 1) {
        await pgClient(tx).query(`select pg_sleep(${waitMs / 1_000})`);
        // What the first members do while the others join is not what this is about.
        if (isComplete) handled(1);
      }
    };
    return controllerOf(Consumes(contract, { maxPollRecords: 20 }), handler);
  });
  isComplete = true;
  return close;
};

async function open(
  { brokers, topic, partitions, group, databaseUrl, members = 1 }: ConsumeInput,
  controller: (contract: TopicContract<readonly [typeof orderPlaced]>) => Type,
): Promise<() => Promise<void>> {
  const contract = topicOf(topic, [orderPlaced], partitions);
  const pools = Array.from({ length: members }, () => new pg.Pool({ connectionString: databaseUrl, max: 10 }));
  for (const statement of [...outboxMigration.up, ...inboxMigration.up]) await pools[0]?.query(statement);
  const apps: INestApplication[] = [];
  for (const pool of pools) {
    const shared = {
      module: class Shared {},
      global: true,
      providers: [{ provide: Transactions, useValue: new PostgresTransactions(pool) }],
      exports: [Transactions],
    };
    const messaging = MessagingModule.forRoot({ service: group, brokers, topics: [contract], publishes: false });
    const root = rootOf(controller(contract), [shared, messaging]);
    apps.push(await started(root));
  }
  return async () => {
    for (const app of apps) await app.close();
    for (const pool of pools) await pool.end();
  };
}

async function started(root: DynamicModule): Promise<INestApplication> {
  const app = await NestFactory.create(root, new FastifyAdapter(), { logger: ['error', 'warn'] });
  app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: true });
  await app.init();
  await app.get(MessagingRuntime).start();
  await app.startAllMicroservices();
  return app;
}
