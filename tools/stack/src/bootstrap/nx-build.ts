import { join } from 'node:path';
import { workspaceRoot } from '../../../kit/src/workspace.ts';
import type { Step } from './run-step.ts';

/** Nx's own cache makes this a matter of a second when nothing has changed; its daemon would outlive the caller. */
export function nxBuild(signal: AbortSignal): Step {
  const nx = join(workspaceRoot, 'node_modules', '.bin', 'nx');
  const args = [nx, 'run-many', '-t', 'build', '--output-style=static'];
  const env = { NX_DAEMON: 'false', NX_TUI: 'false', NX_ISOLATE_PLUGINS: 'false' };
  return { name: 'build', command: process.execPath, args, env, signal, timeoutMs: 300_000 };
}
