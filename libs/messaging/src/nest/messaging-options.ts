import { z } from 'zod';
import { checked, whole } from '@sluice/core';
import { type KafkaDriver, producerLimits, type ProducerOptions } from '@sluice/kafka';
import type { TopicContract } from '../contract/contract.ts';
import type { RelayOptions } from '../outbox/relay.ts';
import type { Deserializer } from '../processing/deserializer.ts';
import type { ConsumerOptions } from './consumer-options.ts';

export interface MessagingOptions {
  /** Consumer group, exactly, and `source` of the events. */
  service: string;
  /** The driver of a Kafka client: `kafkaOf(config)` of the service kit, or `kafkaDriver()` of `@sluice/kafka-clients`. */
  kafka: KafkaDriver;
  /**
   * The topics that the service publishes, through the outbox or otherwise; default: none. They are created at the start
   * when missing, and so are those of the handlers, with their dead-letter topics.
   */
  publishes?: readonly TopicContract[];
  /** Its options are listed apart. */
  producer?: ProducerOptions;
  /** Its options are listed apart. */
  relay?: RelayOptions;
  /** Its options are listed apart. */
  consumer?: ConsumerOptions;
}

const ms = whole(0).optional();
const count = whole(1).optional();
/** Of which the type says enough: functions and objects with methods. */
const given = z.unknown().optional();
const backoff = z.strictObject({ initialMs: ms, maxMs: ms }).optional();

const contract = z.object(
  { name: z.string(), events: z.array(z.unknown()).min(1, 'has no events') },
  'must be a contract, made by defineTopic()',
);

const anObject = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object');
const aFunction = z.custom<() => unknown>((value) => typeof value === 'function', 'must be a function').optional();
const canDeserialize = (value: unknown): boolean =>
  typeof (value as Partial<Deserializer> | null)?.deserialize === 'function';

const isDriver = (value: unknown): boolean => typeof (value as Partial<KafkaDriver> | null)?.admin === 'function';

const consumer = z.strictObject({
  deserializer: z.custom<object>(canDeserialize, 'must have a method deserialize').optional(),
  interceptors: z.array(anObject, 'must be a list').optional(),
  retry: z.strictObject({ maxAttempts: whole(2).optional(), retryForMs: count, backoff, pollMs: count }).optional(),
  ...{ retryBackoff: backoff, outageBackoff: backoff, maxAttempts: count, stopTimeoutMs: ms },
  ...{ maxPollRecords: count, queueRecords: count, maxTransactions: count },
  ...{ maxRecordsPerSecond: count, backgroundLimit: aFunction },
  ...{ fetchMinBytes: count, fetchMaxWaitMs: ms, maxPartitionFetchBytes: count },
  ...{ sessionTimeoutMs: count, heartbeatIntervalMs: count, autoCommitIntervalMs: ms },
});

const relay = z.strictObject({
  ...{ owner: given, backgroundLimit: aFunction, onPublished: aFunction, batchSize: count, maxAttempts: count },
  ...{ pollMs: count, leaseTtlMs: count, standbyMs: count, initialBackoffMs: ms },
});

const schema = z.strictObject({
  service: z.string().regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be a name of letters, digits, ".", "_" and "-"'),
  kafka: z.custom<KafkaDriver>(isDriver, 'must be a driver, made by kafkaDriver()'),
  producer: given,
  publishes: z.array(contract).optional(),
  relay: relay.optional(),
  consumer: consumer.optional(),
});

/** Throws a `TypeError` whose one sentence names the first option that is unknown or wrong. */
export function checkMessagingOptions(options: MessagingOptions): void {
  checked('messaging', schema, options);
  producerLimits(options.producer ?? {});
}
