import { join } from 'node:path';
import { answers, until } from '@sluice/kit/wait';
import { workspaceRoot } from '@sluice/kit/workspace';
import { type Part, processPart, runTool, urlOf } from '@sluice/stack/tools';
import type { BenchContext } from '../row.ts';

const folder = join(workspaceRoot, 'bench');
const compileTimeoutMs = 120_000;
const readyTimeoutMs = 60_000;

export interface PeerOptions {
  /** Among the processes of a row. */
  name: string;
  /** Path below `peers`, without the ending. */
  program: string;
  port: number;
  databaseUrl: string;
  env: NodeJS.ProcessEnv;
  /** Folder. */
  logs: string;
}

/** Their decorators need a compiler. Not a target of Nx: only the bench needs them. */
export async function compilePeers(signal: AbortSignal): Promise<void> {
  const swc = join(workspaceRoot, 'node_modules', '.bin', 'swc');
  const args = [swc, 'peers', '--out-dir', 'dist', '--strip-leading-paths', '--config-file', '../.swcrc'];
  await runTool(process.execPath, args, { cwd: folder, timeoutMs: compileTimeoutMs, signal });
}

/** A program of `peers` as a process, once they are compiled. */
export function peerPart({ infrastructure }: BenchContext, options: PeerOptions): Part {
  const { name, program, port, databaseUrl, env, logs } = options;
  return processPart({
    name,
    command: process.execPath,
    args: [join(folder, 'dist', `${program}.js`)],
    cwd: workspaceRoot,
    env: { PORT: String(port), DATABASE_URL: databaseUrl, KAFKA_BROKERS: infrastructure.kafka.bootstrap, ...env },
    logFile: join(logs, `${program.replace('/', '-')}.log`),
    // Not all of them have a health route: any answer counts.
    ready: (signal) => until(() => answers(urlOf(port)), signal),
    readyTimeoutMs,
  });
}
