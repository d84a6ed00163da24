import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ConsumerStrategy,
  ConsumesExternally,
  Inbox,
  messagingMigration,
  PostgresTransactions,
  type ExternalEffect,
} from '@sluice/messaging';
import { kafkaDriver, Producer } from '@sluice/kafka';
import { orderPlaced, type OrderEvent } from '@sluice/contracts';
import { defineTopic } from '@sluice/messaging/contract';
import pg from 'pg';
import type { ConsumerInput, OpenConsumer } from '../run-consumer.ts';
import { controllerOf, rootOf } from './controller.ts';

Logger.overrideLogger(['error', 'warn']);

const waitMs = 5;

/** The whole consumer with a handler and an inbox that do nothing: fetch, decode, validate, commit. */
export const openStrategy: OpenConsumer = (input, handled) => open(input, handled, () => Promise.resolve());

/** The same with a handler that waits for 5 ms per event, one after the other, as for an external system. */
export const openWaiting: OpenConsumer = (input, handled) =>
  open(input, handled, async (events) => {
    for (let left = events.length; left > 0; left -= 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
  });

async function open(
  { brokers, topic, partitions, group, databaseUrl, keyConcurrency = 1 }: ConsumerInput,
  handled: (records: number) => void,
  perform: (events: OrderEvent[]) => Promise<void>,
): ReturnType<OpenConsumer> {
  const contract = defineTopic(topic, { key: 'order id', events: [orderPlaced], partitions });
  const driver = kafkaDriver({ brokers, clientId: 'bench' });
  const producer = new Producer(driver);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  for (const statement of messagingMigration.up) await pool.query(statement);
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
  const root = rootOf(controllerOf(ConsumesExternally(contract, { keyConcurrency }), handler));
  const app = await NestFactory.createMicroservice(root, { strategy, logger: ['error', 'warn'] });
  await app.listen();
  return async () => {
    await app.close();
    await producer.close();
    await pool.end();
  };
}

class ForgetfulInbox extends Inbox {
  override async claimNew(_tx: unknown, _group: string, ids: readonly string[]): Promise<Set<string>> {
    return new Set(ids);
  }

  override async known(): Promise<Set<string>> {
    return new Set();
  }
}
