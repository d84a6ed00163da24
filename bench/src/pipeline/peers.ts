import { join } from 'node:path';
import { until } from '@sluice/kit/wait';
import { workspaceRoot } from '@sluice/kit/workspace';
import { type Part, processPart, runTool } from '@sluice/stack/tools';

const folder = join(workspaceRoot, 'bench');
const compileTimeoutMs = 120_000;
const readyTimeoutMs = 60_000;

export interface PeerOptions {
  /** Among the processes of a row. */
  name: string;
  /** Path below `peers`, without the ending. */
  program: string;
  env: NodeJS.ProcessEnv;
  /** Folder. */
  logs: string;
  /** Throws or answers false until it can be used. */
  isReady: () => Promise<boolean>;
}

/** Their decorators need a compiler. Not a target of Nx: only the bench needs them. */
export async function compilePeers(signal: AbortSignal): Promise<void> {
  const swc = join(workspaceRoot, 'node_modules', '.bin', 'swc');
  const args = [swc, 'peers', '--out-dir', 'dist', '--strip-leading-paths', '--config-file', '../.swcrc'];
  await runTool(process.execPath, args, { cwd: folder, timeoutMs: compileTimeoutMs, signal });
}

/** A program of `peers` as a process, once they are compiled. */
export function peerPart({ name, program, env, logs, isReady }: PeerOptions): Part {
  return processPart({
    name,
    command: process.execPath,
    args: [join(folder, 'dist', `${program}.js`)],
    cwd: workspaceRoot,
    env,
    logFile: join(logs, `${program.replace('/', '-')}.log`),
    ready: (signal) => until(isReady, signal),
    readyTimeoutMs,
  });
}
