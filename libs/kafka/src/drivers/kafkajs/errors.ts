import { membershipErrors, refusals } from '../error-names.ts';

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

/** The error and its causes, outermost first. */
function* chain(error: unknown): Generator<Error & { type?: string; retriable?: boolean }> {
  for (let at = error, depth = 0; at instanceof Error && depth < 10; at = at.cause, depth += 1) yield at;
}

function hasType(error: unknown, types: ReadonlySet<string>): boolean {
  return [...chain(error)].some(({ type }) => type !== undefined && types.has(type));
}

export function isRebalance(error: unknown): boolean {
  return hasType(error, membershipErrors);
}

/**
 * The brokers are unavailable or busy. kafkajs calls some of these fatal, e.g. a coordinator it could not find because the
 * broker was restarting; a broker that is down must end nothing.
 */
export function isBrokerUnavailable(error: unknown): boolean {
  return [...chain(error)].some(
    ({ name, type, retriable }) => unavailableNames.has(name) || (type && retriable === true),
  );
}

export function isRefusal(error: unknown): boolean {
  return hasType(error, refusals);
}

/** A partition has no leader for the moment, or a broker does not know yet that it is the one. */
export function isUnled(error: unknown): boolean {
  return hasType(error, unledTypes);
}

export function isUnknownTopic(error: unknown): boolean {
  return [...chain(error)].some(({ type }) => type === 'UNKNOWN_TOPIC_OR_PARTITION');
}
