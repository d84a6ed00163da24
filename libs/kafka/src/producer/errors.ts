import { AppError } from '@sluice/core';

export function closedError(): AppError {
  return new AppError('unavailable', 'producer-closed', 'the producer was closed');
}

export function unknownOutcome(cause: unknown): AppError {
  return new AppError('unavailable', 'not-acknowledged', 'whether the record was written is unknown', { cause });
}
