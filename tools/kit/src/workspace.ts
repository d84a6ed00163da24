import { resolve } from 'node:path';
import { scope } from '../../../libs/core/src/scope.ts';

export { scope };

/** The checkout this file belongs to. */
export const workspaceRoot = resolve(import.meta.dirname, '../../..');

/**
 * Where a stack keeps its files: `<SCOPE>_HOME`, by default `.<scope>` in the checkout. Another folder lets a second stack
 * run at the same time, which the end-to-end tests do.
 */
export const stackHome = resolve(workspaceRoot, process.env[`${scope.toUpperCase()}_HOME`] ?? `.${scope}`);

/** A path of the command line. npm runs its scripts in the workspace root, wherever it was called. */
export function typedPath(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path);
}
