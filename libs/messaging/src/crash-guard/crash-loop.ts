import { AppError } from '@sluice/core';

/** How often the process may end while it tries the same record before that is skipped. */
export const mostCrashes = 3;

/** Why a record is dead-lettered that never got to fail: each time that it was tried, the process ended. */
export class CrashLoop extends AppError {
  constructor(readonly crashes: number) {
    super('invalid', 'crash-loop', `the process ended ${crashes} times while this record was being tried`);
    this.name = 'CrashLoop';
  }
}
