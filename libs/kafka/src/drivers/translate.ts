import { AppError } from '@sluice/core';

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

/** For a batch that the broker refuses for good. */
export function refusalsAreInvalid<T>(work: Promise<T>, isRefusal: IsKind): Promise<T> {
  const message = 'the broker refused a record of this batch';
  return translated(work, isRefusal, (cause) => new AppError('invalid', 'record-refused', message, { cause }));
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
