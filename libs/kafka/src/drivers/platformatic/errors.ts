import { causes } from '@sluice/core';
import { membershipErrors, refusals, refusalsForNow } from '../error-names.ts';
import type { Refused } from '../translate.ts';

interface ClientError extends Error {
  /** Kafka's name of an error, e.g. `MESSAGE_TOO_LARGE`. */
  apiId?: string;
  code?: string;
  canRetry?: boolean;
  serverErrorMessage?: string | null;
}

function has(error: unknown, ids: ReadonlySet<string>): boolean {
  return [...causes<ClientError>(error)].some(({ apiId }) => apiId !== undefined && ids.has(apiId));
}

export function isRebalance(error: unknown): boolean {
  return has(error, membershipErrors);
}

export function refusedOf(error: unknown): Refused | undefined {
  const links = [...causes<ClientError>(error)];
  const link = links.find(({ apiId = '' }) => refusals.has(apiId) || refusalsForNow.has(apiId));
  if (link?.apiId === undefined) return undefined;
  // What the broker says about the single records stands next to what it says about their batch.
  const words = new Set(links.flatMap(({ serverErrorMessage }) => serverErrorMessage ?? []));
  return { name: link.apiId, text: [...words].join('; ') || link.message };
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
