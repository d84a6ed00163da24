import { randomUUID } from 'node:crypto';
import type { MessageHandler } from '@nestjs/microservices';
import { Semaphore, type Log } from '@sluice/core';
import {
  ConsumerInterceptors,
  GroupConsumer,
  silentConsumerObserver,
  Throttle,
  type GroupConsumerOptions,
  type ProcessorFactory,
  type WorkerOptions,
} from '@sluice/kafka';
import type { CrashGuardFactory } from '../crash-guard/crash-guard.ts';
import { PartitionCrashGuard } from '../crash-guard/partition-crash-guard.ts';
import { SerialMode } from '../crash-guard/serial-mode.ts';
import { StartsTable } from '../crash-guard/starts-table.ts';
import { DeadLetters, type DeadLetter } from '../dead-letters/dead-letter.ts';
import { RecordDecoder } from '../processing/record-decoder.ts';
import { checkedDeserializer, cloudEvents } from '../processing/deserializer.ts';
import { silentProcessingObserver } from '../processing/observer.ts';
import { Pipeline } from '../processing/pipeline.ts';
import { RecordProcessor, type ProcessorOptions } from '../processing/record-processor.ts';
import { Deferral } from '../retry/deferral.ts';
import { DeferredTable } from '../retry/deferred-table.ts';
import { withDefaults } from '../retry/options.ts';
import { RetryScheduler, type Retry } from '../retry/retry-scheduler.ts';
import type { Transaction } from '../transaction.ts';
import type { HandlerExtras } from './consumes.decorator.ts';
import { effectOf } from './handler-effect.ts';
import type { ConsumerOptions } from './options.ts';

export interface AssembledConsumer {
  consumer: GroupConsumer;
  /** Absent when no handler's events are ever deferred. */
  scheduler?: RetryScheduler;
}

/** Puts together what stands between a member of a group and the handlers that Nest has found. */
export function assembleConsumer(
  options: ConsumerOptions,
  handlers: readonly MessageHandler[],
  log: Log,
): AssembledConsumer {
  const { group, driver, transactions, inbox, onFatal, outageBackoff = {}, watchdog } = options;
  const observer = { ...silentConsumerObserver, ...silentProcessingObserver, ...options.observer };
  const maxCalls = options.maxTransactions ?? 4;
  const limiter = new Semaphore(maxCalls);
  const transaction = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
    limiter.run(() => transactions.run(work));
  const deadLetters = new DeadLetters(options.producer, group);
  const deadLetter = (letter: DeadLetter): Promise<void> => deadLetters.write(letter);
  const interceptors = new ConsumerInterceptors(options.interceptors ?? [], log);
  const deserializer = options.deserializer ? checkedDeserializer(options.deserializer) : cloudEvents;
  const table = new DeferredTable(group);
  const retryOptions = withDefaults(options.retry);
  const deferral = new Deferral({ table, backoff: retryOptions.backoff, observer, log });
  const serialMode = new SerialMode();
  const starts = new StartsTable(group, randomUUID(), transaction);
  const crashGuard: CrashGuardFactory = (partition, windowRecords) =>
    new PartitionCrashGuard({ table: starts, partition, serialMode, windowRecords, log });

  const processors = new Map<string, ProcessorFactory>();
  const retries = new Map<string, Retry>();
  for (const handler of handlers) {
    const extras = handler.extras as unknown as HandlerExtras;
    const { name } = extras.topic;
    const decoder = new RecordDecoder(extras.topic, deserializer, interceptors, extras.types);
    const settings = processorOptions(options, extras);
    const together = { maxEvents: settings.maxPollRecords, maxCalls };
    const effect = { group, transactions, inbox, limiter };
    const { runner, retry } = effectOf(handler, decoder, effect, deferral, together);
    const shared = { pipeline: new Pipeline(name, decoder, runner), deadLetter, observer, log };
    processors.set(name, (partition) => {
      const parts = { ...shared, crashGuard: crashGuard(partition, settings.maxPollRecords) };
      return new RecordProcessor(parts, settings);
    });
    if (retry) retries.set(name, retry);
  }
  const consumer = new GroupConsumer({
    ...{
      driver,
      membership: membershipOf(options, [...processors.keys()]),
      processors,
      worker: workerOptions(options),
    },
    ...{ throttle: new Throttle(options), onCommit: (offsets) => interceptors.onCommit(offsets), onFatal },
    ...{ observer, log, ...(watchdog && { watchdog }) },
  });
  if (retries.size === 0) return { consumer };
  const parts = { table, retries, transaction, deadLetter, outageBackoff, observer, log, serialMode };
  return { consumer, scheduler: new RetryScheduler(parts, retryOptions) };
}

function membershipOf(options: ConsumerOptions, topics: string[]): GroupConsumerOptions {
  const { group, sessionTimeoutMs, heartbeatIntervalMs, fetchMinBytes, fetchMaxWaitMs, maxPartitionFetchBytes } =
    options;
  const given = { sessionTimeoutMs, heartbeatIntervalMs, fetchMinBytes, fetchMaxWaitMs, maxPartitionFetchBytes };
  return { group, topics, ...given };
}

function workerOptions({ outageBackoff = {}, queueRecords, queueBytes }: ConsumerOptions): WorkerOptions {
  return { outageBackoff, queue: { records: queueRecords ?? 1_000, bytes: queueBytes ?? 4_194_304 } };
}

function processorOptions(options: ConsumerOptions, { maxPollRecords }: HandlerExtras): ProcessorOptions {
  return {
    maxPollRecords: maxPollRecords ?? options.maxPollRecords ?? 500,
    maxAttempts: options.maxAttempts ?? 5,
    retryBackoff: options.retryBackoff ?? {},
    outageBackoff: options.outageBackoff ?? {},
  };
}
