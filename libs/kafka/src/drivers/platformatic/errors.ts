import { causes } from '@sluice/core';
import { membershipErrors, refusals } from '../error-names.ts';

interface ClientError extends Error {
  /** Kafka's name of an error, e.g. `MESSAGE_TOO_LARGE`. */
  apiId?: string;
  code?: string;
  canRetry?: boolean;
}

function has(error: unknown, ids: ReadonlySet<string>): boolean {
  return [...causes<ClientError>(error)].some(({ apiId }) => apiId !== undefined && ids.has(apiId));
}

export function isRebalance(error: unknown): boolean {
  return has(error, membershipErrors);
}

/** A broker answered, and said no. */
export function isAnswer(error: unknown): boolean {
  return [...causes<ClientError>(error)].some(({ apiId }) => apiId !== undefined);
}

export function isRefusal(error: unknown): boolean {
  return has(error, refusals);
}

export function isOutOfRange(error: unknown): boolean {
  return has(error, new Set(['OFFSET_OUT_OF_RANGE']));
}

/** A topic that was to be created is there. */
export function isExistingTopic(error: unknown): boolean {
  return has(error, new Set(['TOPIC_ALREADY_EXISTS']));
}

/** The client says it in words only when it is the metadata that lacks the topic. */
export function isUnknownTopic(error: unknown): boolean {
  return [...causes<ClientError>(error)].some(
    ({ apiId, message }) => apiId === 'UNKNOWN_TOPIC_OR_PARTITION' || message.startsWith('Unknown topic '),
  );
}

/** The brokers are unavailable or busy: a caller that can wait should try again. */
export function isBrokerUnavailable(error: unknown): boolean {
  return [...causes<ClientError>(error)].some(
    ({ code, canRetry, apiId }) =>
      code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_TIMEOUT' || (apiId !== undefined && canRetry === true),
  );
}
