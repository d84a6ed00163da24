import { z } from 'zod';
import { checked, whole } from '@sluice/core';
import type { Deserializer } from '../processing/deserializer.ts';
import type { MessagingOptions } from './messaging.module.ts';
import { producerLimits } from '@sluice/kafka';

const ms = whole(0).optional();
const count = whole(1).optional();
/** Of which the type says enough: functions and objects with methods. */
const given = z.unknown().optional();
const backoff = z.strictObject({ initialMs: ms, maxMs: ms }).optional();

const contract = z.object(
  { name: z.string(), events: z.array(z.unknown()).min(1, 'has no events') },
  'must be a contract, made by defineTopic()',
);

const retry = z
  .strictObject({ maxAttempts: whole(2).optional(), backoff, pollMs: count, keysAtATime: count })
  .optional();

const anObject = z.custom<object>((value) => typeof value === 'object' && value !== null, 'must be an object');
const aFunction = z.custom<() => unknown>((value) => typeof value === 'function', 'must be a function').optional();
const canDeserialize = (value: unknown): boolean =>
  typeof (value as Partial<Deserializer> | null)?.deserialize === 'function';

const consumer = z.strictObject({
  ...{ group: given, driver: given, transactions: given, inbox: given, producer: given, onFatal: given },
  deserializer: z.custom<object>(canDeserialize, 'must have a method deserialize').optional(),
  interceptors: z.array(anObject, 'must be a list').optional(),
  ...{ observer: given, log: given, retry, retryBackoff: backoff, outageBackoff: backoff },
  ...{ maxPollRecords: count, maxAttempts: count, queueRecords: count, queueBytes: count, maxTransactions: count },
  ...{ maxRecordsPerSecond: count, backgroundLimit: aFunction },
  ...{ fetchMinBytes: count, fetchMaxWaitMs: ms, maxPartitionFetchBytes: count },
  ...{ joinWaitMs: ms, stopTimeoutMs: ms, sessionTimeoutMs: count, heartbeatIntervalMs: count },
  watchdog: z.strictObject({ intervalMs: count, quietMs: count, strikes: count }).optional(),
});

const relay = z.strictObject({
  ...{ owner: given, backgroundLimit: given, onPublished: given },
  ...{ batchSize: count, pollMs: count, lingerMs: ms, leaseTtlMs: count, standbyMs: count },
  ...{ maxAttempts: count, initialBackoffMs: ms },
});

const schema = z.strictObject({
  service: z.string().regex(/^[A-Za-z0-9._-]{1,200}$/, 'must be a name of letters, digits, ".", "_" and "-"'),
  ...{ brokers: given, clientId: given, publishes: given, onFatal: given, driver: given, producer: given },
  topics: z.array(contract),
  inboxRetentionMs: count,
  relay: relay.optional(),
  consumer: consumer.optional(),
});

/** Throws a `TypeError` whose one sentence names the first option that is unknown or wrong. */
export function checkMessagingOptions(options: MessagingOptions): void {
  checked('messaging', schema, options);
  producerLimits(options.producer ?? {});
}
