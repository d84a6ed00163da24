import { membershipErrors, refusals } from '../error-names.ts';

interface ClientError extends Error {
  /** Kafka's name of an error, e.g. `MESSAGE_TOO_LARGE`. */
  apiId?: string;
  code?: string;
  canRetry?: boolean;
}

/** An error, what it is made of, and what caused it. */
function* parts(error: unknown, depth = 0): Generator<ClientError> {
  if (!(error instanceof Error) || depth > 10) return;
  yield error;
  yield* parts(error.cause, depth + 1);
  if (!(error instanceof AggregateError)) return;
  for (const part of error.errors) yield* parts(part, depth + 1);
}

function has(error: unknown, ids: ReadonlySet<string>): boolean {
  return [...parts(error)].some(({ apiId }) => apiId !== undefined && ids.has(apiId));
}

export function isRebalance(error: unknown): boolean {
  return has(error, membershipErrors);
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
  return [...parts(error)].some(
    ({ apiId, message }) => apiId === 'UNKNOWN_TOPIC_OR_PARTITION' || message.startsWith('Unknown topic '),
  );
}

/** The brokers are unavailable or busy: a caller that can wait should try again. */
export function isBrokerUnavailable(error: unknown): boolean {
  return [...parts(error)].some(
    ({ code, canRetry, apiId }) =>
      code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_TIMEOUT' || (apiId !== undefined && canRetry === true),
  );
}
