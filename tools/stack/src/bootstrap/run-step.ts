import { closeSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { buildEnvironment } from '../../../runtime/environment.ts';
import { endOf, spawnGuarded } from '../guard/spawn-guarded.ts';
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
  const step = spawnGuarded(command, args, {
    cwd: workspaceRoot,
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...buildEnvironment(), ...env, PATH: path },
  });
  closeSync(log);
  await endOf(step, signal, timeoutMs).catch((cause: Error) => {
    throw new Error(`${command} ${args.join(' ')}: ${cause.message}\n${excerpt(logFile)}\nLog: ${logFile}`, { cause });
  });
}

// npm says what is wrong in its first lines, compilers in their last ones.
function excerpt(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  const relevant = lines.filter((line) => !line.startsWith('npm warn'));
  const middle = relevant.length - 2 * EXCERPT_LINES;
  const [first, last] = [relevant.slice(0, EXCERPT_LINES), relevant.slice(-EXCERPT_LINES)];
  return (middle > 0 ? [...first, `… ${middle} more lines …`, ...last] : relevant).join('\n');
}
