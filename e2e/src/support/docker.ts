import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { workspaceRoot } from '@sluice/kit/workspace';

const run = promisify(execFile);

export const hasEngine = spawnSync('docker', ['info']).status === 0;
export const hasCompose = hasEngine && spawnSync('docker', ['compose', 'version']).status === 0;

/** What `docker` with these arguments prints; rejects when it fails. */
export async function docker(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await run('docker', args, { cwd: workspaceRoot, env: { ...process.env, ...env } });
  return stdout;
}

/** Whether the image of a service is there, or can be fetched; `options` choose the Compose files. */
export function canPull(options: string[], service: string): boolean {
  const args = ['compose', ...options, 'pull', '--quiet', '--policy=missing', service];
  return spawnSync('docker', args, { cwd: workspaceRoot }).status === 0;
}
