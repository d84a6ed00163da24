import { execFileSync, spawnSync } from 'node:child_process';
import { workspaceRoot } from '@sluice/kit/workspace';

export const hasEngine = spawnSync('docker', ['info']).status === 0;
export const hasCompose = hasEngine && spawnSync('docker', ['compose', 'version']).status === 0;

/** What `docker` with these arguments prints; throws when it fails. */
export function docker(args: string[], env: NodeJS.ProcessEnv = {}): string {
  return execFileSync('docker', args, { cwd: workspaceRoot, env: { ...process.env, ...env }, encoding: 'utf8' });
}
