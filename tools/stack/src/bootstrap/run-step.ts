import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { plainEnvironment } from '../environment.ts';
import { guardProcess } from '../guard/guard.ts';
import { processTree, send } from '../../../kit/src/process-info.ts';
import { workspaceRoot } from '../../../kit/src/workspace.ts';
import { makeStackFolder, stackFolder } from '../stack-folder.ts';

export interface Step {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  /** Ends the step, and all that it started. */
  signal: AbortSignal;
  timeoutMs: number;
}

const EXCERPT_LINES = 10;

/** Runs a command to its end with this very Node first on PATH. Its output goes to a log, shown when it fails. */
export async function runStep({ name, command, args, env, signal, timeoutMs }: Step): Promise<void> {
  const logFile = join(stackFolder.logs, `${name}.log`);
  makeStackFolder();
  const log = openSync(logFile, 'w');
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  // In a session of its own, so that a Ctrl-C reaches it through this process only.
  const child = spawn(command, args, {
    cwd: workspaceRoot,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...plainEnvironment(), ...env, PATH: path },
  });
  closeSync(log);
  const release = child.pid === undefined ? () => undefined : guardProcess(child.pid);
  const end = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  let killed = Promise.resolve();
  const kill = (): void => {
    killed = child.pid === undefined ? killed : killTree(child.pid);
  };
  end.addEventListener('abort', kill);
  try {
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`ended with ${code ?? 'a signal'}`))));
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${command} ${args.join(' ')}: ${reason}\n${excerpt(logFile)}\nLog: ${logFile}`, { cause: error });
  } finally {
    end.removeEventListener('abort', kill);
    await killed;
    release();
  }
}

// By pid and not by group, because Nx has workers in groups of their own.
async function killTree(pid: number): Promise<void> {
  for (const member of await processTree(pid)) {
    send(member, 'SIGKILL');
  }
}

// npm says what is wrong in its first lines, compilers in their last ones.
function excerpt(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  const telling = lines.filter((line) => !line.startsWith('npm warn'));
  const middle = telling.length - 2 * EXCERPT_LINES;
  const [first, last] = [telling.slice(0, EXCERPT_LINES), telling.slice(-EXCERPT_LINES)];
  return (middle > 0 ? [...first, `… ${middle} more lines …`, ...last] : telling).join('\n');
}
