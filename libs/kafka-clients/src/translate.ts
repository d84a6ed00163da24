import { AppError } from '@sluice/core';
import { refusedForNow } from '@sluice/kafka/driver';
import { refusalsForNow } from './error-names.ts';

/** Whether an error of a client is of one kind. */
type IsKind = (error: unknown) => boolean;

/** Passes on the result of `work`; its errors of that kind become the `AppError` that the port promises. */
async function translated<T>(work: Promise<T>, isKind: IsKind, toError: (cause: unknown) => AppError): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw isKind(error) ? toError(error) : error;
  }
}

/** What a client's error says about a refusal. */
export interface Refused {
  /** Kafka's name of the error. */
  name: string;
  /** The broker's own words, where the client passes them on. */
  text: string;
}

/** For a batch that the broker may refuse: `invalid` when a record is at fault, else `unavailable`, with its reason. */
export function refusalsTold<T>(work: Promise<T>, refusedOf: (error: unknown) => Refused | undefined): Promise<T> {
  return translated(
    work,
    (error) => refusedOf(error) !== undefined,
    (cause) => {
      const { name = '', text = '' } = refusedOf(cause) ?? {};
      const [kind, code] = refusalsForNow.has(name)
        ? (['unavailable', refusedForNow] as const)
        : (['invalid', 'record-refused'] as const);
      return new AppError(kind, code, `the broker refused a record of this batch: ${name}, ${text}`, { cause });
    },
  );
}

/** For a request about one topic. */
export function unknownTopicIsInvalid<T>(work: Promise<T>, topic: string, isUnknownTopic: IsKind): Promise<T> {
  return translated(work, isUnknownTopic, (cause) => unknownTopic(topic, cause));
}

export function unknownTopic(topic: string, cause?: unknown): AppError {
  return new AppError('invalid', 'unknown-topic', `topic ${topic} does not exist`, { cause });
}

/** Brokers learn of a new topic, and of the end of one, after the controller has answered. */
export function notYet(message: string): AppError {
  return new AppError('unavailable', 'not-yet', message);
}

export function isNotYet(error: unknown): boolean {
  return error instanceof AppError && error.code === 'not-yet';
}

/** For a request that may be tried again when no broker answers. */
export function silenceIsUnavailable<T>(work: Promise<T>, isBrokerUnavailable: IsKind): Promise<T> {
  const message = 'the brokers do not answer';
  return translated(
    work,
    isBrokerUnavailable,
    (cause) => new AppError('unavailable', 'broker-away', message, { cause }),
  );
}
