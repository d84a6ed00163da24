import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  Consumes,
  ConsumerStrategy,
  messagingMigration,
  MessagingModule,
  MessagingRuntime,
  pgClient,
  PostgresTransactions,
  Transactions,
  type Transaction,
} from '@sluice/messaging';
import { orderPlaced, type OrderEvent } from '@sluice/contracts';
import { defineTopic } from '@sluice/messaging/contract';
import pg from 'pg';
import type { OpenConsumer } from '../run-consumer.ts';
import { controllerOf, rootOf } from './controller.ts';

Logger.overrideLogger(['error', 'warn']);

const insert = `
  insert into handled (order_id, total_cents)
  select * from unnest($1::uuid[], $2::bigint[])`;

/** As our services consume: a batch, its inbox rows and its effect in one transaction. */
export const openModule: OpenConsumer = async ({ brokers, topic, partitions, group, databaseUrl }, handled) => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  for (const statement of messagingMigration.up) await pool.query(statement);
  const handler = async (events: OrderEvent[], tx: Transaction): Promise<void> => {
    const values = [events.map(({ data }) => data.orderId), events.map(({ data }) => data.totalCents)];
    await pgClient(tx).query({ name: 'bench_insert', text: insert, values });
    handled(events.length);
  };
  const contract = defineTopic(topic, { key: 'order id', events: [orderPlaced], partitions });
  const transactions = {
    module: class Shared {},
    global: true,
    providers: [{ provide: Transactions, useValue: new PostgresTransactions(pool) }],
    exports: [Transactions],
  };
  const messaging = MessagingModule.forRoot({ service: group, brokers });
  const root = rootOf(controllerOf(Consumes(contract), handler), [transactions, messaging]);
  const app = await NestFactory.create(root, new FastifyAdapter(), { logger: ['error', 'warn'] });
  app.connectMicroservice({ strategy: app.get(ConsumerStrategy) }, { inheritAppConfig: true });
  await app.init();
  await app.get(MessagingRuntime).start();
  await app.startAllMicroservices();
  return async () => {
    await app.close();
    await pool.end();
  };
};
