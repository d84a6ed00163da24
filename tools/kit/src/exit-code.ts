import { InputError } from './input-error.ts';

/** 0 for help, 2 for what the user can correct (options, files, ids), 1 for a failure, whose message goes to stderr. */
export function exitCodeOf(error: unknown): number {
  // Commander has already printed its message.
  if (error instanceof Error && 'exitCode' in error) return error.exitCode === 0 ? 0 : 2;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  return error instanceof InputError ? 2 : 1;
}
