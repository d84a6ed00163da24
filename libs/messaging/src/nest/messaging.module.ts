import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Logger, Module, type DynamicModule, type Provider } from '@nestjs/common';
import { pauseFor, RunLoop } from '@sluice/core';
import { Registry } from 'prom-client';
import { nestLog } from './nest-log.ts';
import {
  type DriverOptions,
  kafkaDriver,
  type KafkaDriver,
  measureBuffer,
  measureConsuming,
  measureProducing,
  Producer,
  type ProducerOptions,
} from '@sluice/kafka';
import type { ConsumerOptions } from './options.ts';
import { ConsumerStrategy } from './strategy.ts';
import type { TopicContract } from '../contract/contract.ts';
import { DeadLetterAdmin } from '../dead-letters/dead-letter-admin.ts';
import { ReplayAudit } from '../dead-letters/replay-audit.ts';
import { Inbox } from '../inbox/inbox.ts';
import { sweepInbox } from '../inbox/retention.ts';
import { checkMessagingOptions } from './messaging-options.ts';
import { MessagingRuntime } from './messaging-runtime.ts';
import { measureBacklog, measurePublishing } from '../outbox/metrics.ts';
import { Outbox } from '../outbox/outbox.ts';
import { OutboxRelay, type RelayOptions } from '../outbox/relay.ts';
import { measureDeferred } from '../retry/metrics.ts';
import { DeferredEvents } from '../retry/deferred-events.ts';
import { measureProcessing } from '../processing/observer.ts';
import { PostgresTransactions } from '../postgres/postgres-transactions.ts';
import { deadLetterRetentionMs } from '../dead-letters/dead-letter.ts';
import { Transactions } from '../transaction.ts';

export interface MessagingOptions {
  /** Consumer group, exactly, and `source` of the events. */
  service: string;
  /** Kafka `bootstrap.servers`: host:port, comma-separated or as a list. */
  brokers: string | readonly string[];
  /** Kafka `client.id`; default: the service. */
  clientId?: string;
  /** Every topic that the service publishes or consumes: created at the start when missing. */
  topics: readonly TopicContract[];
  /** Whether the outbox of this database is to be published; default true. */
  publishes?: boolean;
  /** See `sweepInbox`; default 15 days, which is longer than events and dead letters are kept. */
  inboxRetentionMs?: number;
  /** Default: throws outside of everything, which runService turns into a log line and exit code 1. */
  onFatal?: (error: Error) => void;
  /** Of the Kafka client: which one, and its time limits. */
  driver?: Omit<DriverOptions, 'brokers' | 'clientId'>;
  /** Its options are listed apart. */
  producer?: ProducerOptions;
  /** Its options are listed apart. */
  relay?: Partial<RelayOptions>;
  /** Its options are listed apart. */
  consumer?: Partial<ConsumerOptions>;
}

/** The token under which the driver is found; it is made by a function and has no class. */
export const KAFKA_DRIVER = Symbol('KAFKA_DRIVER');

const dayMs = 86_400_000;

/**
 * Global. Needs `Transactions` from the application (service-kit's DatabaseModule) and takes prom-client's `Registry`
 * when there is one. Nothing connects before `MessagingRuntime.start()`. Throws a `TypeError` for a wrong option.
 */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    checkMessagingOptions(options);
    const providers: Provider[] = [
      Inbox,
      { provide: Outbox, useFactory: () => new Outbox(options.service) },
      { provide: KAFKA_DRIVER, useFactory: () => driverOf(options) },
      {
        provide: Producer,
        inject: [KAFKA_DRIVER, { token: Registry, optional: true }],
        useFactory: (driver: KafkaDriver, registry?: Registry) => producerOf(options, driver, registry),
      },
      {
        provide: OutboxRelay,
        inject: [Transactions, Producer, Outbox, { token: Registry, optional: true }],
        useFactory: (transactions: Transactions, producer: Producer, outbox: Outbox, registry?: Registry) =>
          relayOf(options, postgres(transactions), producer, outbox, registry),
      },
      {
        provide: ConsumerStrategy,
        inject: [KAFKA_DRIVER, Transactions, Inbox, Producer, { token: Registry, optional: true }],
        useFactory: (
          driver: KafkaDriver,
          transactions: Transactions,
          inbox: Inbox,
          producer: Producer,
          registry?: Registry,
        ) => {
          const observer = registry && { observer: { ...measureConsuming(registry), ...measureProcessing(registry) } };
          return strategyOf(options, { driver, transactions, inbox, producer, ...observer });
        },
      },
      {
        provide: DeadLetterAdmin,
        inject: [KAFKA_DRIVER, Transactions, Producer, ConsumerStrategy],
        useFactory: (
          driver: KafkaDriver,
          transactions: Transactions,
          producer: Producer,
          strategy: ConsumerStrategy,
        ) => {
          const audit = new ReplayAudit(postgres(transactions));
          const topics = () => [...strategy.getHandlers().keys()];
          // As long as every inbox surely remembers an event; the day is for groups that lag.
          const maxAgeMs = inboxRetentionOf(options) - dayMs;
          return new DeadLetterAdmin({ group: options.service, topics, driver, producer, audit, maxAgeMs });
        },
      },
      {
        provide: DeferredEvents,
        inject: [Transactions, { token: Registry, optional: true }],
        useFactory: (transactions: Transactions, registry?: Registry) => deferredOf(options, transactions, registry),
      },
      {
        provide: MessagingRuntime,
        inject: [KAFKA_DRIVER, Transactions, Producer, ConsumerStrategy, OutboxRelay],
        useFactory: (
          driver: KafkaDriver,
          transactions: Transactions,
          producer: Producer,
          strategy: ConsumerStrategy,
          relay: OutboxRelay,
        ) => {
          const sweeper = sweeperOf(options, postgres(transactions));
          const { service, topics, publishes = true } = options;
          const publishing = publishes ? { relay } : {};
          return new MessagingRuntime({ service, topics, driver, producer, strategy, sweeper, ...publishing });
        },
      },
    ];
    return { module: MessagingModule, global: true, providers, exports: providers };
  }
}

function driverOf({ service, clientId = service, brokers, driver }: MessagingOptions): KafkaDriver {
  const list = typeof brokers === 'string' ? brokers.split(',') : brokers;
  const log = nestLog(new Logger('kafka'));
  return kafkaDriver({ log, ...driver, clientId, brokers: list.map((broker) => broker.trim()).filter(Boolean) });
}

function producerOf({ producer }: MessagingOptions, driver: KafkaDriver, registry?: Registry): Producer {
  const observer = registry && { observer: measureProducing(registry) };
  const made = new Producer(driver, { log: nestLog(new Logger(Producer.name)), ...observer, ...producer });
  if (registry) measureBuffer(registry, made);
  return made;
}

function relayOf(
  { service, publishes = true, relay }: MessagingOptions,
  database: PostgresTransactions,
  producer: Producer,
  outbox: Outbox,
  registry?: Registry,
): OutboxRelay {
  // A process id means nothing after a restart of its container, hence the random part.
  const owner = `${service}@${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
  const onPublished = registry && publishes && { onPublished: measurePublishing(registry) };
  const made = new OutboxRelay(database, producer, outbox, { owner, ...onPublished, ...relay });
  if (registry && publishes) measureBacklog(registry, made);
  return made;
}

function strategyOf(
  { service, onFatal = throwOutside, consumer }: MessagingOptions,
  parts: Pick<ConsumerOptions, 'driver' | 'transactions' | 'inbox' | 'producer' | 'observer'>,
): ConsumerStrategy {
  return new ConsumerStrategy({ group: service, onFatal, ...parts, ...consumer });
}

function inboxRetentionOf({ inboxRetentionMs = deadLetterRetentionMs + dayMs }: MessagingOptions): number {
  return inboxRetentionMs;
}

function deferredOf({ service }: MessagingOptions, transactions: Transactions, registry?: Registry): DeferredEvents {
  const deferred = new DeferredEvents(transactions, service);
  if (registry) measureDeferred(registry, deferred);
  return deferred;
}

function sweeperOf(options: MessagingOptions, database: PostgresTransactions): RunLoop {
  const retentionMs = inboxRetentionOf(options);
  const logger = new Logger('inbox');
  const round = async (signal: AbortSignal): Promise<boolean> => {
    const hasMore = await sweepInbox(database, options.service, retentionMs);
    // So that removing never takes the database for itself.
    if (hasMore) await pauseFor(20, signal);
    return hasMore;
  };
  return new RunLoop(round, {
    everyMs: 60_000,
    onFailure: (err) => logger.warn({ err }, 'could not remove old entries of the inbox'),
  });
}

function postgres(transactions: Transactions): PostgresTransactions {
  if (transactions instanceof PostgresTransactions) return transactions;
  throw new TypeError('MessagingModule needs PostgresTransactions as Transactions');
}

function throwOutside(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
