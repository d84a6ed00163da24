import { Logger, Module, type DynamicModule, type Provider } from '@nestjs/common';
import {
  kafkaDriver,
  measureBuffer,
  measureConsuming,
  measureProducing,
  Producer,
  type KafkaDriver,
} from '@sluice/kafka';
import { Registry } from 'prom-client';
import { DeadLetterAdmin } from '../dead-letters/dead-letter-admin.ts';
import { ReplayAudit } from '../dead-letters/replay-audit.ts';
import { Inbox } from '../inbox/inbox.ts';
import { inboxSweeper } from '../inbox/retention.ts';
import { measureBacklog, measurePublishing } from '../outbox/metrics.ts';
import { Outbox } from '../outbox/outbox.ts';
import { OutboxRelay } from '../outbox/relay.ts';
import { PostgresTransactions } from '../postgres/postgres-transactions.ts';
import { measureProcessing } from '../processing/observer.ts';
import { DeferredEvents } from '../retry/deferred-events.ts';
import { measureDeferred } from '../retry/metrics.ts';
import { Transactions } from '../transaction.ts';
import { checkMessagingOptions, type MessagingOptions } from './messaging-options.ts';
import { MessagingRuntime } from './messaging-runtime.ts';
import { nestLog } from './nest-log.ts';
import { ConsumerStrategy } from './strategy.ts';

/** The token under which the driver is found; it is made by a function and has no class. */
export const KAFKA_DRIVER = Symbol('KAFKA_DRIVER');

/** The application's registry, or one that is never scraped. */
const METRICS = Symbol('METRICS');

/**
 * Global. Needs `Transactions` from the application (service-kit's DatabaseModule) and takes prom-client's `Registry`
 * when there is one. Nothing connects before `MessagingRuntime.start()`. Throws a `TypeError` for a wrong option.
 */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    checkMessagingOptions(options);
    const { service } = options;
    const internal: Provider[] = [
      {
        provide: METRICS,
        inject: [{ token: Registry, optional: true }],
        useFactory: (registry?: Registry): Registry => registry ?? new Registry(),
      },
      { provide: PostgresTransactions, inject: [Transactions], useFactory: postgres },
    ];
    const exported: Provider[] = [
      Inbox,
      { provide: Outbox, useFactory: () => new Outbox(service) },
      { provide: KAFKA_DRIVER, useFactory: () => driverOf(options) },
      { provide: Producer, inject: [KAFKA_DRIVER, METRICS], useFactory: producerOf(options) },
      { provide: OutboxRelay, inject: [PostgresTransactions, Producer, Outbox, METRICS], useFactory: relayOf(options) },
      {
        provide: ConsumerStrategy,
        inject: [KAFKA_DRIVER, PostgresTransactions, Inbox, Producer, METRICS],
        useFactory: strategyOf(options),
      },
      {
        provide: DeadLetterAdmin,
        inject: [KAFKA_DRIVER, PostgresTransactions, Producer, ConsumerStrategy],
        useFactory: adminOf(options),
      },
      { provide: DeferredEvents, inject: [PostgresTransactions, METRICS], useFactory: deferredOf(options) },
      {
        provide: MessagingRuntime,
        inject: [KAFKA_DRIVER, PostgresTransactions, Producer, ConsumerStrategy, OutboxRelay],
        useFactory: runtimeOf(options),
      },
    ];
    return { module: MessagingModule, global: true, providers: [...internal, ...exported], exports: exported };
  }
}

function postgres(transactions: Transactions): PostgresTransactions {
  if (transactions instanceof PostgresTransactions) return transactions;
  throw new TypeError('MessagingModule needs PostgresTransactions as Transactions');
}

function driverOf({ service, brokers, driver }: MessagingOptions): KafkaDriver {
  const list = typeof brokers === 'string' ? brokers.split(',') : brokers;
  const log = nestLog(new Logger('kafka'));
  return kafkaDriver({ log, ...driver, clientId: service, brokers: list.map((one) => one.trim()).filter(Boolean) });
}

function producerOf({ producer }: MessagingOptions) {
  return (driver: KafkaDriver, registry: Registry): Producer => {
    const log = nestLog(new Logger(Producer.name));
    const made = new Producer(driver, { log, observer: measureProducing(registry), ...producer });
    measureBuffer(registry, made);
    return made;
  };
}

function relayOf({ relay }: MessagingOptions) {
  return (database: PostgresTransactions, producer: Producer, outbox: Outbox, registry: Registry): OutboxRelay => {
    const made = new OutboxRelay(database, producer, outbox, { onPublished: measurePublishing(registry), ...relay });
    measureBacklog(registry, made);
    return made;
  };
}

function strategyOf({ service: group, consumer }: MessagingOptions) {
  return (
    driver: KafkaDriver,
    transactions: PostgresTransactions,
    inbox: Inbox,
    producer: Producer,
    registry: Registry,
  ): ConsumerStrategy => {
    const observer = { ...measureConsuming(registry), ...measureProcessing(registry) };
    const parts = { group, driver, transactions, inbox, producer, observer };
    return new ConsumerStrategy({ ...parts, onFatal: throwOutside, ...consumer });
  };
}

function adminOf({ service: group }: MessagingOptions) {
  return (
    driver: KafkaDriver,
    database: PostgresTransactions,
    producer: Producer,
    strategy: ConsumerStrategy,
  ): DeadLetterAdmin => {
    const topics = (): string[] => strategy.topics.map(({ name }) => name);
    return new DeadLetterAdmin({ group, topics, driver, producer, audit: new ReplayAudit(database) });
  };
}

function deferredOf({ service }: MessagingOptions) {
  return (transactions: PostgresTransactions, registry: Registry): DeferredEvents => {
    const deferred = new DeferredEvents(transactions, service);
    measureDeferred(registry, deferred);
    return deferred;
  };
}

function runtimeOf({ service, publishes = [] }: MessagingOptions) {
  return (
    driver: KafkaDriver,
    database: PostgresTransactions,
    producer: Producer,
    strategy: ConsumerStrategy,
    relay: OutboxRelay,
  ): MessagingRuntime => {
    const sweeper = inboxSweeper(database, service, nestLog(new Logger('inbox')));
    return new MessagingRuntime({ service, publishes, driver, producer, strategy, relay, sweeper });
  };
}

/** `runService` turns it into a log line and exit code 1. */
function throwOutside(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
