import { Logger } from '@nestjs/common';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { AppError, errorOf, withTimeout, type Log } from '@sluice/core';
import type { ConsumerHealth, GroupConsumer, OffsetCommit, PartitionLag } from '@sluice/kafka';
import type { TopicContract } from '../contract/contract.ts';
import type { RetryScheduler } from '../retry/retry-scheduler.ts';
import { assembleConsumer } from './consumer-assembly.ts';
import { consumerTransport, extrasOf } from './consumes.decorator.ts';
import { nestLog } from './nest-log.ts';
import type { StrategyOptions } from './consumer-options.ts';

/** How long the application's start waits for the group; then it goes on, and joining too. */
const joinWaitMs = 10_000;

/**
 * Nest's transport for the handlers marked with `Consumes` and `ConsumesExternally`. Nest's own Kafka server takes one
 * message at a time, retries for ever and commits what no handler takes. See docs/adr/0008.
 */
export class ConsumerStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = consumerTransport;
  readonly #log: Log;
  #consumer: GroupConsumer | undefined;
  #scheduler: RetryScheduler | undefined;

  constructor(private readonly options: StrategyOptions) {
    super();
    this.#log = options.log ?? nestLog(new Logger('Consumer'));
  }

  override addHandler(pattern: unknown, callback: MessageHandler, isEventHandler?: boolean, extras?: object): void {
    const topic = String(pattern);
    if (!extras || !('effect' in extras)) throw new Error(`the handler of ${topic} is not marked with @Consumes`);
    // Offsets belong to a topic and a group, so two handlers could not fail independently.
    if (this.messageHandlers.has(topic)) throw new Error(`${topic} has two handlers in group ${this.options.group}`);
    super.addHandler(pattern, callback, isEventHandler, { ...extras });
    this.options.observer?.consumes(topic);
  }

  /** Of its handlers. */
  get topics(): TopicContract[] {
    return [...this.messageHandlers.values()].map((handler) => extrasOf(handler).topic);
  }

  listen(callback: (error?: unknown) => void): void {
    this.#start().then(
      () => callback(),
      (error: unknown) => callback(error),
    );
  }

  /** Finishes the batches under way, commits their offsets and leaves the group. */
  async close(): Promise<void> {
    const { stopTimeoutMs = 5_000 } = this.options;
    // Caught at once: it may fail while the consumer is still stopping.
    const scheduled = withTimeout(
      Promise.resolve(this.#scheduler?.stop()),
      stopTimeoutMs,
      'finishing deferred events',
    ).catch((err: unknown) => this.#log.warn({ err }, 'stopped while deferred events are being tried'));
    await this.#consumer?.stop(stopTimeoutMs);
    await scheduled;
  }

  /** See `GroupConsumer.skip`. Then joins again; all its partitions wait for that, which takes seconds. */
  async skip(at: OffsetCommit, to: bigint): Promise<void> {
    if (!this.#consumer) throw new AppError('unavailable', 'not-joined', 'This process has not joined its group yet.');
    await this.#consumer.skip(at, to);
    await this.close();
    // It outlives the request that asked for it, and is not in its trace.
    await context.with(ROOT_CONTEXT, () => this.#start());
  }

  health(): ConsumerHealth {
    return this.#consumer?.health() ?? { state: 'stopped', idleMs: 0, holds: [], partitions: 0, stalled: [] };
  }

  /** See `GroupConsumer.lags`. */
  async lags(): Promise<PartitionLag[]> {
    return this.#consumer?.lags() ?? [];
  }

  on(): never {
    throw new Error('this transport has no events; ask health()');
  }

  unwrap<T>(): T {
    throw new Error('the raw Kafka client is not handed out: it loses messages');
  }

  async #start(): Promise<void> {
    if (this.messageHandlers.size === 0) return;
    const { consumer, scheduler } = assembleConsumer(this.options, [...this.messageHandlers.values()], this.#log);
    this.#consumer = consumer;
    this.#scheduler = scheduler;
    scheduler.start();
    const joining = this.#consumer.start();
    joining.catch((error: unknown) => this.options.onFatal(errorOf(error)));
    try {
      await withTimeout(joining, joinWaitMs, 'joining the group');
    } catch (error) {
      // An outage of Kafka must not keep the service from accepting: what it accepts waits in the outbox.
      this.#log.warn({ err: error }, 'started without the group, joining goes on');
    }
  }
}
