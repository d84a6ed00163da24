import { join } from 'node:path';
import { withTimeout } from '@sluice/core';
import { workspaceRoot } from '@sluice/kit/workspace';
import { spawnGuarded } from './guard/spawn-guarded.ts';
import { stackFolder } from './stack-folder.ts';

export interface DemoResult {
  exitCode: number;
  /** Files that the burst has written. */
  report: string;
  result: string;
}

const END_GRACE_MS = 1_000;

/** Runs the burst on both flows against the running stack, on this terminal; ends early when `signal` is aborted. */
export async function runDemo(json: string | undefined, signal: AbortSignal): Promise<DemoResult> {
  const program = join(workspaceRoot, 'tools', 'load', 'src', 'main.ts');
  const folder = join(stackFolder.path, 'results', new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
  const files = ['--out', folder, ...(json === undefined ? [] : ['--json', json])];
  // As in the script `load`: a generator that collects its garbage while it sends is late.
  const flags = ['--conditions=@sluice/source', '--max-semi-space-size=4', '--heap-growing-percent=300', '--expose-gc'];
  const args = [...flags, program, 'burst', ...files];
  const { child, ended } = spawnGuarded(process.execPath, args, { cwd: workspaceRoot, stdio: 'inherit' });
  const stop = (): void => {
    child.kill('SIGTERM');
    withTimeout(ended, END_GRACE_MS, 'the burst').catch(() => child.kill('SIGKILL'));
  };
  signal.addEventListener('abort', stop, { once: true });
  await ended;
  signal.removeEventListener('abort', stop);
  const result = json ?? join(folder, 'result.json');
  return { exitCode: child.exitCode ?? 1, report: join(folder, 'report.html'), result };
}
