import { AppError } from '@sluice/core';

/** Code of the error for a record that is at no fault, so that it may be taken later. */
export const refusedForNow = 'refused-for-now';

/** Whether the broker refused a record, for good or for now: records of other topics or keys may be taken. */
export function isRefusal(error: unknown): error is AppError {
  return error instanceof AppError && (error.kind === 'invalid' || error.code === refusedForNow);
}

/** Whether it is no fault of the record's, so that the same record may be taken later. */
export function isRefusedForNow(error: unknown): boolean {
  return error instanceof AppError && error.code === refusedForNow;
}
