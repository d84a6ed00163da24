import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { bounded } from '../bounded.ts';
import type { OffsetCommit } from '../drivers/port.ts';
import type { Log } from '../log.ts';
import { withDefaults } from '../parking/options.ts';
import { Parking } from '../parking/parking.ts';
import { ParkedScheduler, type Retry } from '../parking/scheduler.ts';
import { ParkedTable } from '../parking/table.ts';
import { Caution } from '../suspects/caution.ts';
import { Quarantine } from '../suspects/quarantine.ts';
import { StartsTable } from '../suspects/starts-table.ts';
import type { Transaction } from '../transaction.ts';
import { consumerTransport, type HandlerExtras } from './consumes.decorator.ts';
import { DeadLetters, type DeadLetter } from './dead-letter.ts';
import { Decoder } from './decoder.ts';
import { checkedDeserializer, cloudEvents } from './deserializer.ts';
import { GroupClash } from './group-clash.ts';
import { GroupConsumer, type ConsumerHealth, type GroupConsumerParts } from './group-consumer.ts';
import { effectOf } from './handler-effect.ts';
import { ConsumerInterceptors } from './interceptors.ts';
import { Limiter } from './limiter.ts';
import { nestLog } from './nest-log.ts';
import { silentObserver } from './observer.ts';
import type { ConsumerOptions } from './options.ts';
import type { WorkerOptions } from './partition-worker.ts';
import { Pipeline } from './pipeline.ts';
import { Throttle } from './throttle.ts';

/**
 * Nest's transport for the handlers marked with `Consumes` and `ConsumesExternally`. Nest's own Kafka server takes one
 * message at a time, retries for ever and commits what nobody handles (design §7.3). See docs/adr/0008.
 */
export class ConsumerStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = consumerTransport;
  private readonly log: Log;
  private consumer: GroupConsumer | undefined;
  private scheduler: ParkedScheduler | undefined;

  constructor(private readonly options: ConsumerOptions) {
    super();
    this.log = options.log ?? nestLog(new Logger('Consumer'));
  }

  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler?: boolean, extras?: object): void {
    const topic = String(pattern);
    if (!extras || !('effect' in extras)) throw new Error(`the handler of ${topic} is not marked with @Consumes`);
    // Offsets belong to a topic and a group, so two handlers could not fail independently.
    if (this.messageHandlers.has(topic)) throw new Error(`${topic} has two handlers in group ${this.options.group}`);
    super.addHandler(pattern, callback, isEventHandler, { ...extras });
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Finishes the batches under way, commits their offsets and leaves the group. */
  async close(): Promise<void> {
    const { stopTimeoutMs = 5_000 } = this.options;
    // Caught at once: it may fail while the consumer is still stopping.
    const scheduled = bounded(Promise.resolve(this.scheduler?.stop()), stopTimeoutMs, 'finishing parked events').catch(
      (err: unknown) => this.log.warn({ err }, 'stopped while parked events are being tried'),
    );
    await this.consumer?.stop(stopTimeoutMs);
    await scheduled;
  }

  health(): ConsumerHealth {
    return this.consumer?.health() ?? { state: 'stopped', idleMs: 0, holds: [] };
  }

  on(): never {
    throw new Error('this transport has no events; ask health()');
  }

  unwrap<T>(): T {
    throw new Error('nobody reaches the raw Kafka client: it loses messages (design §7.1)');
  }

  private async start(): Promise<void> {
    if (this.messageHandlers.size === 0) return;
    const { consumer, scheduler } = this.parts();
    this.consumer = new GroupConsumer(consumer);
    this.scheduler = scheduler;
    scheduler?.start();
    const joining = this.consumer.start();
    joining.catch((error: unknown) => this.options.onFatal(error instanceof Error ? error : new Error(String(error))));
    try {
      await bounded(joining, this.options.joinWaitMs ?? 10_000, 'joining the group');
    } catch (error) {
      // The process ends by `onFatal`: whoever starts services would take a rejection for an outage and try again.
      if (error instanceof GroupClash) return;
      // An outage of Kafka must not keep the service from accepting: what it accepts waits in the outbox.
      this.log.warn({ err: error }, 'started without the group, joining goes on');
    }
  }

  private parts(): { consumer: GroupConsumerParts; scheduler?: ParkedScheduler } {
    const { options, log } = this;
    const { group, driver, transactions, inbox, onFatal, observer = silentObserver, outageBackoff = {} } = options;
    const maxCalls = options.maxTransactions ?? 4;
    const limiter = new Limiter(maxCalls);
    const table = new ParkedTable(group);
    const parkingOptions = withDefaults(options.parking);
    const parking = new Parking({ table, backoff: parkingOptions.backoff, observer, log });
    const deadLetters = new DeadLetters(options.producer, group);
    const deadLetter = (letter: DeadLetter): Promise<void> => deadLetters.write(letter);
    const interceptors = new ConsumerInterceptors(options.interceptors ?? [], log);
    const deserializer = options.deserializer ? checkedDeserializer(options.deserializer) : cloudEvents;
    const pipelines: GroupConsumerParts['pipelines'] = new Map();
    const retries = new Map<string, Retry>();
    for (const handler of this.messageHandlers.values()) {
      const extras = handler.extras as unknown as HandlerExtras;
      const decoder = new Decoder(extras.topic, deserializer, interceptors, extras.types);
      const worker = this.workerOptions(extras);
      const together = { maxEvents: worker.maxPollRecords, maxCalls };
      const effect = { group, transactions, inbox, limiter };
      const { runner, retry } = effectOf(handler, decoder, effect, parking, together);
      const pipeline = new Pipeline(extras.topic.name, decoder, runner);
      pipelines.set(extras.topic.name, { pipeline, options: worker });
      if (retry) retries.set(extras.topic.name, retry);
    }
    const membership = this.membership([...pipelines.keys()]);
    const watchdog = options.watchdog && { watchdog: options.watchdog };
    const onCommit = (offsets: readonly OffsetCommit[]): void => interceptors.onCommit(offsets);
    const told = { deadLetter, onCommit, onFatal, observer, log };
    const throttle = new Throttle(options);
    const transaction = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
      limiter.run(() => transactions.run(work));
    const quarantine = new Quarantine();
    const starts = new StartsTable(group, randomUUID(), transaction);
    const caution: GroupConsumerParts['caution'] = (partition, windowRecords) =>
      new Caution({ table: starts, partition, quarantine, windowRecords, log });
    const consumer = { driver, pipelines, membership, throttle, caution, ...told, ...watchdog };
    if (retries.size === 0) return { consumer };
    const parts = { table, retries, transaction, deadLetter, outageBackoff, observer, log, quarantine };
    return { consumer, scheduler: new ParkedScheduler(parts, parkingOptions) };
  }

  private membership(topics: string[]): GroupConsumerParts['membership'] {
    const { group, sessionTimeoutMs, heartbeatIntervalMs } = this.options;
    const { fetchMinBytes, fetchMaxWaitMs, maxPartitionFetchBytes } = this.options;
    return {
      group,
      topics,
      ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }),
      ...(heartbeatIntervalMs !== undefined && { heartbeatIntervalMs }),
      ...(fetchMinBytes !== undefined && { fetchMinBytes }),
      ...(fetchMaxWaitMs !== undefined && { fetchMaxWaitMs }),
      ...(maxPartitionFetchBytes !== undefined && { maxPartitionFetchBytes }),
    };
  }

  private workerOptions({ maxPollRecords }: HandlerExtras): WorkerOptions {
    const { options } = this;
    return {
      maxPollRecords: maxPollRecords ?? options.maxPollRecords ?? 500,
      maxAttempts: options.maxAttempts ?? 5,
      retryBackoff: options.retryBackoff ?? {},
      outageBackoff: options.outageBackoff ?? {},
      queue: { records: options.queueRecords ?? 1_000, bytes: options.queueBytes ?? 4_194_304 },
    };
  }
}
