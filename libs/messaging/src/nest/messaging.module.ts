import { Logger, Module, type DynamicModule, type Provider } from '@nestjs/common';
import {
  kafkaDriver,
  measureBuffer,
  measureConsuming,
  measureLag,
  measureProducing,
  Producer,
  type ConsumerObserver,
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
import { OutboxTable } from '../outbox/table.ts';
import { PostgresTransactions } from '../postgres/postgres-transactions.ts';
import { measureProcessing, type ProcessingObserver } from '../processing/observer.ts';
import { DeferredEvents } from '../retry/deferred-events.ts';
import { DeferredTable } from '../retry/deferred-table.ts';
import { measureDeferred } from '../retry/metrics.ts';
import { Transactions } from '../transaction.ts';
import { checkMessagingOptions, type MessagingOptions } from './messaging-options.ts';
import { MessagingRuntime } from './messaging-runtime.ts';
import { nestLog } from './nest-log.ts';
import { ConsumerStrategy } from './strategy.ts';
import { TopicKeeper } from './topic-keeper.ts';
import { topicsOf } from './topics.ts';

/** The token under which the driver is found; it is made by a function and has no class. */
export const KAFKA_DRIVER = Symbol('KAFKA_DRIVER');

/** The token of all instances together. */
const PARTS = Symbol('PARTS');

const provided = [
  Inbox,
  Outbox,
  Producer,
  OutboxRelay,
  ConsumerStrategy,
  DeadLetterAdmin,
  DeferredEvents,
  MessagingRuntime,
];

/**
 * Global. Needs `Transactions` from the application (service-kit's DatabaseModule) and takes prom-client's `Registry`
 * when there is one. Nothing connects before `MessagingRuntime.start()`. Throws a `TypeError` for a wrong option.
 */
@Module({})
export class MessagingModule {
  static forRoot(options: MessagingOptions): DynamicModule {
    checkMessagingOptions(options);
    const parts: Provider = {
      provide: PARTS,
      inject: [KAFKA_DRIVER, Transactions, { token: Registry, optional: true }],
      useFactory: (driver: KafkaDriver, transactions: Transactions, registry?: Registry) =>
        assemble(options, driver, transactions, registry),
    };
    const exported: Provider[] = [
      { provide: KAFKA_DRIVER, useFactory: () => driverOf(options) },
      ...provided.map((part) => ({
        provide: part,
        inject: [PARTS],
        useFactory: (all: object[]) => all.find((one) => one instanceof part),
      })),
    ];
    return { module: MessagingModule, global: true, providers: [parts, ...exported], exports: exported };
  }
}

function driverOf({ service, brokers, driver }: MessagingOptions): KafkaDriver {
  const list = typeof brokers === 'string' ? brokers.split(',') : brokers;
  const log = nestLog(new Logger('kafka'));
  return kafkaDriver({ log, ...driver, clientId: service, brokers: list.map((one) => one.trim()).filter(Boolean) });
}

/** One instance of each class that the module provides. Metrics go to a registry that is never scraped by default. */
function assemble(
  options: MessagingOptions,
  driver: KafkaDriver,
  transactions: Transactions,
  registry = new Registry(),
): object[] {
  if (!(transactions instanceof PostgresTransactions)) {
    throw new TypeError('MessagingModule needs PostgresTransactions as Transactions');
  }
  const { service, publishes = [] } = options;
  const inbox = new Inbox();
  const outbox = new Outbox(service);

  const log = nestLog(new Logger(Producer.name));
  const onMissingTopic = (): void => keeper.wake();
  const measured = { log, observer: measureProducing(registry), onMissingTopic };
  const producer = new Producer(driver, { ...measured, ...options.producer });
  measureBuffer(registry, producer);
  const onPublished = measurePublishing(
    registry,
    publishes.map(({ name }) => name),
  );
  const relay = new OutboxRelay(transactions, producer, outbox, { onPublished, ...options.relay });
  measureBacklog(registry, relay);

  const observer = observerOf(registry, service);
  const needs = { group: service, driver, transactions, inbox, producer, observer, onFatal: throwOutside };
  const strategy = new ConsumerStrategy({ ...needs, ...options.consumer });
  measureLag(registry, service, () => strategy.lags());
  const deferred = new DeferredEvents(transactions, service);
  const topics = (): string[] => strategy.topics.map(({ name }) => name);
  measureDeferred(registry, service, { topics, deferred });
  const audit = new ReplayAudit(transactions);
  const table = new DeferredTable(service);
  const deadLetters = new DeadLetterAdmin({
    ...{ group: service, topics, driver, producer, audit },
    outbox: new OutboxTable(transactions, outbox.source),
    kept: (topic) => transactions.run((tx) => table.ofTopic(tx, topic)),
    member: strategy,
  });

  const sweeper = inboxSweeper(transactions, service, nestLog(new Logger('inbox')));
  const keeper = new TopicKeeper(
    driver,
    () => topicsOf(publishes, strategy.topics, service),
    nestLog(new Logger('topics')),
  );
  const runtime = new MessagingRuntime({ topics: keeper, driver, producer, strategy, relay, sweeper });
  return [inbox, outbox, producer, relay, strategy, deferred, deadLetters, runtime];
}

function observerOf(registry: Registry, group: string): ConsumerObserver & ProcessingObserver {
  const [consuming, processing] = [measureConsuming(registry, group), measureProcessing(registry, group)];
  const consumes = (topic: string): void => [consuming, processing].forEach((one) => one.consumes(topic));
  return { ...consuming, ...processing, consumes };
}

/** `runService` turns it into a log line and exit code 1. */
function throwOutside(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
