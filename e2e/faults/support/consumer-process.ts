/**
 * A member of a consumer group in a process of its own, to be killed. Writes a row per effect. With a failpoint it ends
 * itself by SIGKILL the first time it gets there.
 * Environment: DATABASE_URL, KAFKA_BROKERS, TOPIC, GROUP, FAILPOINT.
 */
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppError, silentLog } from '@sluice/core';
import {
  Consumes,
  ConsumerStrategy,
  Inbox,
  pgClient,
  PostgresTransactions,
  Session,
  type Transaction,
} from '@sluice/messaging';
import { Producer, type ConsumerConnection, type KafkaDriver } from '@sluice/kafka';
import { kafkaDriver } from '@sluice/kafka-clients';
import { type ReceivedEvent } from '@sluice/messaging/contract';
import pg from 'pg';
import { deadlyText, refusedText, thingsTopic } from './things.ts';

export const failpoints = ['before-effect', 'after-effect', 'after-commit', 'after-offset'] as const;
type Failpoint = (typeof failpoints)[number];

const { DATABASE_URL, KAFKA_BROKERS = '', TOPIC = '', GROUP = '', FAILPOINT } = process.env;

function reached(point: Failpoint): void {
  if (FAILPOINT === point) process.kill(process.pid, 'SIGKILL');
}

function textsOf(events: ReceivedEvent[]): string[] {
  return events.map(({ data }) => (data as { text: string }).text);
}

class Things {
  async on(events: ReceivedEvent[], tx: Transaction): Promise<void> {
    reached('before-effect');
    if (textsOf(events).includes(deadlyText)) process.kill(process.pid, 'SIGKILL');
    if (textsOf(events).includes(refusedText)) {
      throw new AppError('invalid', 'refused', 'the handler refuses this one');
    }
    await pgClient(tx).query(
      'insert into effects (id, key, version) select * from unnest($1::uuid[], $2::text[], $3::int[])',
      [events.map(({ id }) => id), events.map(({ key }) => key), events.map(({ version }) => version)],
    );
    reached('after-effect');
  }
}

class WatchedTransactions extends PostgresTransactions {
  override async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const result = await super.run(work);
    reached('after-commit');
    return result;
  }
}

function watched(driver: KafkaDriver): KafkaDriver {
  const consumer = (options: Parameters<KafkaDriver['consumer']>[0]): ConsumerConnection => {
    const connection = driver.consumer(options);
    const commit = connection.commit.bind(connection);
    connection.commit = async (...args) => {
      const done = await commit(...args);
      reached('after-offset');
      return done;
    };
    return connection;
  };
  return Object.assign(Object.create(driver) as KafkaDriver, { consumer });
}

// Decorators as functions: this file runs as it is, with its types stripped.
const contract = thingsTopic(TOPIC);
const descriptor = Object.getOwnPropertyDescriptor(Things.prototype, 'on');
Consumes(contract, { maxPollRecords: 50 })(Things.prototype, 'on', descriptor as never);
Controller()(Things);
class App {}
Module({ controllers: [Things] })(App);

const driver = watched(kafkaDriver({ brokers: KAFKA_BROKERS.split(','), clientId: 'doomed' }));
const strategy = new ConsumerStrategy({
  group: GROUP,
  driver,
  transactions: new WatchedTransactions(new pg.Pool({ connectionString: DATABASE_URL, max: 8, Client: Session })),
  inbox: new Inbox(),
  producer: new Producer(driver),
  log: silentLog,
  onFatal: (error) => {
    throw error;
  },
  heartbeatIntervalMs: 300,
  sessionTimeoutMs: 2_000,
});
const app = await NestFactory.createMicroservice(App, { strategy, logger: false });
await app.listen();
process.send?.('joined');
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)));
