import { findErrorBy, ResponseError } from '@platformatic/kafka';
import { causes } from '@sluice/core';
import { partitionKey, type RecordMetadata } from '@sluice/kafka/driver';
import { membershipErrors, refusals, refusalsForNow } from '../error-names.ts';
import type { Refused } from '../translate.ts';

interface ClientError extends Error {
  /** Kafka's name of an error, e.g. `MESSAGE_TOO_LARGE`. */
  apiId?: string;
  code?: string;
  canRetry?: boolean;
  serverErrorMessage?: string | null;
}

interface PartlyProduced extends ClientError {
  /** By brokers that acknowledged all that they got. */
  produced?: { offsets?: RecordMetadata[] };
  response?: {
    responses?: {
      name: string;
      partitionResponses?: { index: number; errorCode: number; baseOffset: bigint }[];
    }[];
  };
}

const unknownTopic = 'UNKNOWN_TOPIC_OR_PARTITION';

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

/** An answer that is complete, except for topics that do not exist. */
export function isOnlyMissing(error: unknown): error is ResponseError & { response: unknown } {
  return error instanceof ResponseError && error.errors.every(({ apiId }: ClientError) => apiId === unknownTopic);
}

/** The client says it in words only when it is the metadata that lacks the topic. */
export function isUnknownTopic(error: unknown): boolean {
  return [...causes<ClientError>(error)].some(
    ({ apiId, message }) => apiId === unknownTopic || message.startsWith('Unknown topic '),
  );
}

/** A leader has moved, or a partition is gone: the client should ask who leads. */
export function hasStaleMetadata(error: Error): boolean {
  return findErrorBy(error, 'hasStaleMetadata', true) !== null;
}

/** Where a batch was written, by answers that acknowledge only a part of it. */
export function acknowledgedIn(error: unknown): RecordMetadata[] {
  const found = new Map<string, RecordMetadata>();
  for (const { response, produced } of causes<PartlyProduced>(error)) {
    for (const written of produced?.offsets ?? []) found.set(partitionKey(written), written);
    for (const { name: topic, partitionResponses } of response?.responses ?? []) {
      for (const { index: partition, errorCode, baseOffset: offset } of partitionResponses ?? []) {
        if (errorCode === 0) found.set(partitionKey({ topic, partition }), { topic, partition, offset });
      }
    }
  }
  return [...found.values()];
}

/** The brokers are unavailable or busy: a caller that can wait should try again. */
export function isBrokerUnavailable(error: unknown): boolean {
  return [...causes<ClientError>(error)].some(
    ({ code, canRetry, apiId }) =>
      code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_TIMEOUT' || (apiId !== undefined && canRetry === true),
  );
}
