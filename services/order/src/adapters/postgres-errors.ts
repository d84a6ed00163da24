import { postgresProblem } from '@sluice/service-kit';

/** Lock conflicts: the database is there, and the same work may well succeed on its own. */
const conflict = /^(40001|40P01|55P03)$/;

export function databaseUnavailable(error: unknown): boolean {
  return !conflict.test(sqlState(error)) && postgresProblem(error)?.status === 503;
}

/** After COMMIT was sent: anything but an error that PostgreSQL itself gave for the transaction leaves it open. */
export function commitMayHaveHappened(error: unknown): boolean {
  return !/^(2|40)/.test(sqlState(error));
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
