import { causes } from '@sluice/core';
import { membershipErrors, refusals, refusalsForNow } from '../error-names.ts';
import type { Refused } from '../translate.ts';

const unavailableNames = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSBrokerNotFound',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSLockTimeout',
  'KafkaJSNumberOfRetriesExceeded',
]);

/** A topic that was just created, or whose leader has just changed. */
const unledTypes = new Set(['LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION', 'REPLICA_NOT_AVAILABLE']);

interface ClientError extends Error {
  /** Kafka's name of an error, e.g. `MESSAGE_TOO_LARGE`. */
  type?: string;
  retriable?: boolean;
}

function hasType(error: unknown, types: ReadonlySet<string>): boolean {
  return [...causes<ClientError>(error)].some(({ type }) => type !== undefined && types.has(type));
}

export function isRebalance(error: unknown): boolean {
  return hasType(error, membershipErrors);
}

/**
 * The brokers are unavailable or busy. kafkajs calls some of these fatal, e.g. a coordinator it could not find because the
 * broker was restarting; a broker that is down must end nothing.
 */
export function isBrokerUnavailable(error: unknown): boolean {
  return [...causes<ClientError>(error)].some(
    ({ name, type, retriable }) => unavailableNames.has(name) || (type !== undefined && retriable === true),
  );
}

/** A broker answered, and said no. */
export function isAnswer(error: unknown): boolean {
  return [...causes<ClientError>(error)].some(({ type }) => type !== undefined);
}

export function refusedOf(error: unknown): Refused | undefined {
  const link = [...causes<ClientError>(error)].find(({ type = '' }) => refusals.has(type) || refusalsForNow.has(type));
  return link?.type === undefined ? undefined : { name: link.type, text: link.message };
}

/** A partition has no leader for the moment, or a broker does not know yet that it is the one. */
export function isUnled(error: unknown): boolean {
  return hasType(error, unledTypes);
}

export function isUnknownTopic(error: unknown): boolean {
  return hasType(error, new Set(['UNKNOWN_TOPIC_OR_PARTITION']));
}
