import { randomUUID } from 'node:crypto';
import type { MessageHandler } from '@nestjs/microservices';
import { SerialMode, type Log } from '@sluice/core';
import {
  ConsumerInterceptors,
  GroupConsumer,
  silentConsumerObserver,
  Throttle,
  type ProcessorFactory,
} from '@sluice/kafka';
import { PartitionCrashGuard } from '../crash-guard/partition-crash-guard.ts';
import { StartsTable } from '../crash-guard/starts-table.ts';
import { deadLetterTopic } from '../contract/contract.ts';
import { DeadLetters, type DeadLettersParts } from '../dead-letters/dead-letter-writer.ts';
import { LimitedTransactions } from '../limited-transactions.ts';
import { checkedDeserializer, cloudEvents } from '../processing/deserializer.ts';
import { silentProcessingObserver } from '../processing/observer.ts';
import { DeploymentFaults } from '../processing/deployment-faults.ts';
import { Pipeline } from '../processing/pipeline.ts';
import { RecordDecoder } from '../processing/record-decoder.ts';
import { RecordProcessor } from '../processing/record-processor.ts';
import { Deferral } from '../retry/deferral.ts';
import { DeferredTable } from '../retry/deferred-table.ts';
import { withDefaults } from '../retry/options.ts';
import { RetryScheduler, type Retry } from '../retry/retry-scheduler.ts';
import type { StrategyOptions } from './consumer-options.ts';
import { extrasOf } from './consumes.decorator.ts';
import { effectOf } from './handler-effect.ts';

export interface AssembledConsumer {
  consumer: GroupConsumer;
  scheduler: RetryScheduler;
}

const queueBytes = 4_194_304;

/** Puts together what stands between a member of a group and the handlers that Nest has found. */
export function assembleConsumer(
  options: StrategyOptions,
  handlers: readonly MessageHandler[],
  log: Log,
): AssembledConsumer {
  const { group, driver, inbox, onFatal, retryBackoff = {}, outageBackoff = {}, maxAttempts = 5 } = options;
  const { maxTransactions: maxCalls = 4, queueRecords = 1_000 } = options;
  const observer = { ...silentConsumerObserver, ...silentProcessingObserver, ...options.observer };
  const transactions = new LimitedTransactions(options.transactions, maxCalls);
  const interceptors = new ConsumerInterceptors(options.interceptors ?? [], log);
  const deserializer = options.deserializer ? checkedDeserializer(options.deserializer) : cloudEvents;
  const table = new DeferredTable(group);
  const retryOptions = withDefaults(options.retry);
  const deferral = new Deferral({ table, backoff: retryOptions.backoff, observer, log });
  const { producer } = options;
  const keep: DeadLettersParts['keep'] = (...letter) => transactions.run((tx) => deferral.keep(tx, ...letter));
  const deadLetters = new DeadLetters({ producer, group, observer, log, keep });
  const serialMode = new SerialMode();
  const starts = new StartsTable(group, randomUUID(), transactions);

  const processors = new Map<string, ProcessorFactory>();
  const retries = new Map<string, Retry>();
  const writeKept: Retry = {
    isExternal: false,
    run: (letter, take) =>
      transactions.run(async (tx) => {
        if (!(await take(tx))) return false;
        await deadLetters.writeKept(letter);
        return true;
      }),
  };
  for (const handler of handlers) {
    const { topic, types, maxPollRecords = options.maxPollRecords ?? 500 } = extrasOf(handler);
    const decoder = new RecordDecoder(topic, deserializer, interceptors, types);
    const together = { maxEvents: maxPollRecords, maxCalls };
    const effects = { group, transactions, inbox, faults: new DeploymentFaults() };
    const { runner, retry } = effectOf(handler, decoder, effects, deferral, together);
    const pipeline = new Pipeline({ topic: topic.name, group }, decoder, runner);
    processors.set(topic.name, (partition) => {
      const guarded = { table: starts, partition, serialMode, windowRecords: maxPollRecords, log };
      const parts = { pipeline, crashGuard: new PartitionCrashGuard(guarded), deadLetters, log };
      return new RecordProcessor(parts, { maxPollRecords, maxAttempts, retryBackoff, outageBackoff });
    });
    retries.set(topic.name, retry);
    retries.set(deadLetterTopic(topic.name, group), writeKept);
  }
  const consumer = new GroupConsumer({
    driver,
    membership: { ...options, topics: [...processors.keys()] },
    processors,
    worker: { outageBackoff, queue: { records: queueRecords, bytes: queueBytes } },
    throttle: new Throttle(options),
    autoCommitIntervalMs: options.autoCommitIntervalMs,
    onCommit: (offsets) => interceptors.onCommit(offsets),
    onFatal,
    observer,
    log,
  });
  const parts = { table, retries, transactions, deadLetters, outageBackoff, observer, log, serialMode };
  return { consumer, scheduler: new RetryScheduler(parts, retryOptions) };
}
