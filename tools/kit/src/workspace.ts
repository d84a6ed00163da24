import { resolve } from 'node:path';

/** The checkout this file belongs to. */
export const workspaceRoot = resolve(import.meta.dirname, '../../..');

/**
 * Where a stack keeps its files: `SLUICE_HOME`, by default `.sluice` in the checkout. Another folder lets a second stack
 * run at the same time, which the end-to-end tests do.
 */
export const stackHome = resolve(workspaceRoot, process.env['SLUICE_HOME'] ?? '.sluice');

/** A path of the command line. npm runs its scripts in the workspace root, wherever it was called. */
export function typedPath(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}
