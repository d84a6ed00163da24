import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ConsumerStrategy,
  ConsumesExternally,
  Inbox,
  kafkaDriver,
  orderPlaced,
  Producer,
  topic as topicOf,
  Transactions,
  type ExternalEffect,
  type OrderEvent,
  type Transaction,
} from '@sluice/messaging';
import type { OpenConsumer } from '../consume.ts';
import { controllerOf, rootOf } from './controller.ts';

Logger.overrideLogger(['error', 'warn']);

/** The whole consumer with a handler that does nothing, and without a database: fetch, decode, validate, commit. */
export const openStrategy: OpenConsumer = async ({ brokers, topic, partitions, group }, handled) => {
  const contract = topicOf(topic, [orderPlaced], partitions);
  const driver = kafkaDriver({ brokers, clientId: 'bench' });
  const producer = new Producer(driver);
  const strategy = new ConsumerStrategy({
    group,
    driver,
    producer,
    transactions: new NoTransactions(),
    inbox: new ForgetfulInbox(),
    onFatal: (error) => {
      throw error;
    },
  });
  const handler = (events: OrderEvent[]): ExternalEffect => {
    const nothing = (): Promise<void> => Promise.resolve();
    return { claim: nothing, perform: nothing, settle: async () => handled(events.length) };
  };
  const root = rootOf(controllerOf(ConsumesExternally(contract), handler));
  const app = await NestFactory.createMicroservice(root, { strategy, logger: ['error', 'warn'] });
  await app.listen();
  return async () => {
    await app.close();
    await producer.close();
  };
};

class NoTransactions extends Transactions {
  override run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return work({} as Transaction);
  }
}

class ForgetfulInbox extends Inbox {
  override async claimNew(_tx: Transaction, _group: string, ids: readonly string[]): Promise<Set<string>> {
    return new Set(ids);
  }

  override async known(): Promise<Set<string>> {
    return new Set();
  }
}
