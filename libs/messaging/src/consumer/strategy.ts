import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { bounded, type BackoffOptions } from '../bounded.ts';
import type { ReceivedEvent } from '../contracts/envelope.ts';
import type { KafkaDriver } from '../drivers/port.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { Log } from '../log.ts';
import type { Producer } from '../producer/producer.ts';
import type { Transaction, Transactions } from '../transaction.ts';
import { consumerTransport, type HandlerExtras } from './consumes.decorator.ts';
import { DeadLetters } from './dead-letter.ts';
import { OutsideEffect, TransactionalEffect, type EffectParts, type EffectRunner } from './effect-runner.ts';
import type { ExternalEffect } from './external-effect.ts';
import { GroupConsumer, type ConsumerHealth, type GroupConsumerParts } from './group-consumer.ts';
import { Limiter } from './limiter.ts';
import { nestLog } from './nest-log.ts';
import { silentObserver, type ConsumerObserver } from './observer.ts';
import type { WorkerOptions } from './partition-worker.ts';
import { Pipeline } from './pipeline.ts';
import type { WatchdogOptions } from './watchdog.ts';

export interface ConsumerOptions {
  /** Kafka `group.id`: the service's name, exactly. */
  group: string;
  driver: KafkaDriver;
  transactions: Transactions;
  inbox: Inbox;
  /** Writes the dead letters. */
  producer: Pick<Producer, 'send'>;
  /** The Kafka client is beyond repair, or stuck while the broker answers: the process should end. */
  onFatal: (error: Error) => void;
  /** For metrics; see `measureConsuming`. */
  observer?: ConsumerObserver;
  /** Default: Nest's logger. */
  log?: Log;
  /** Kafka `max.poll.records`: most records per batch; default 500. */
  maxPollRecords?: number;
  /** How often a record is tried before it becomes a dead letter; default 5. An outage never counts. */
  maxAttempts?: number;
  /** Between those; default 100 ms, doubling up to 5 s. */
  retryBackoff?: BackoffOptions;
  /** While something is unavailable; default 100 ms, doubling up to 5 s. */
  outageBackoff?: BackoffOptions;
  /** Records per partition that are fetched ahead; default 1,000. */
  queueRecords?: number;
  /** Bytes per partition that are fetched ahead; default 4 MiB. */
  queueBytes?: number;
  /** Most transactions that consumers have open at a time; default 4. Leave connections of the pool to others. */
  maxTransactions?: number;
  /** How long the application's start waits for the group; default 10,000. Then it goes on, and joining too. */
  joinWaitMs?: number;
  /** Longest wait for the batches under way at the end; default 5,000. */
  stopTimeoutMs?: number;
  /** Kafka `session.timeout.ms`; default 15,000. */
  sessionTimeoutMs?: number;
  /** Kafka `heartbeat.interval.ms`; default 3,000. */
  heartbeatIntervalMs?: number;
  watchdog?: WatchdogOptions;
}

/**
 * Nest's transport for the handlers marked with `Consumes` and `ConsumesExternally`. Nest's own Kafka server takes one
 * message at a time, retries for ever and commits what nobody handles (design §7.3). See docs/adr/0008.
 */
export class ConsumerStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = consumerTransport;
  private readonly log: Log;
  private consumer: GroupConsumer | undefined;

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
    await this.consumer?.stop(this.options.stopTimeoutMs);
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
    this.consumer = new GroupConsumer(this.parts());
    const joining = this.consumer.start();
    joining.catch((error: unknown) => this.options.onFatal(error instanceof Error ? error : new Error(String(error))));
    try {
      await bounded(joining, this.options.joinWaitMs ?? 10_000, 'joining the group');
    } catch (error) {
      // An outage of Kafka must not keep the service from accepting: what it accepts waits in the outbox.
      this.log.warn({ err: error }, 'started without the group, joining goes on');
    }
  }

  private parts(): GroupConsumerParts {
    const { options } = this;
    const { group, driver, transactions, inbox } = options;
    const effectParts = { group, transactions, inbox, limiter: new Limiter(options.maxTransactions ?? 4) };
    const deadLetters = new DeadLetters(options.producer, group);
    const { sessionTimeoutMs, heartbeatIntervalMs } = options;
    const pipelines: GroupConsumerParts['pipelines'] = new Map();
    for (const handler of this.messageHandlers.values()) {
      const extras = handler.extras as unknown as HandlerExtras;
      const pipeline = new Pipeline(extras.topic, runnerOf(handler, extras, effectParts));
      pipelines.set(extras.topic.name, { pipeline, options: this.workerOptions(extras) });
    }
    return {
      driver,
      pipelines,
      membership: {
        group,
        topics: [...pipelines.keys()],
        ...(sessionTimeoutMs !== undefined && { sessionTimeoutMs }),
        ...(heartbeatIntervalMs !== undefined && { heartbeatIntervalMs }),
      },
      deadLetter: (letter) => deadLetters.write(letter),
      onFatal: options.onFatal,
      observer: options.observer ?? silentObserver,
      log: this.log,
      ...(options.watchdog && { watchdog: options.watchdog }),
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

function runnerOf(handler: MessageHandler, { effect }: HandlerExtras, parts: EffectParts): EffectRunner {
  if (effect === 'external') {
    return new OutsideEffect(parts, async (events) => (await invoke(handler, events)) as ExternalEffect);
  }
  return new TransactionalEffect(parts, (events, tx) => invoke(handler, events, tx));
}

/** Calls a handler through Nest, whose answer may be a stream. */
async function invoke(handler: MessageHandler, events: ReceivedEvent[], tx?: Transaction): Promise<unknown> {
  const answer: unknown = await handler(events, tx);
  return isObservable(answer) ? lastValueFrom(answer, { defaultValue: undefined }) : answer;
}
