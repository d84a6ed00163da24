import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { processTree, send } from '../../../kit/src/process-info.ts';
import { guardProcess } from './guard.ts';

export interface ProcessEnd {
  /** Whether it ended by itself, with 0. */
  isGood: boolean;
  /** For people: `it ended with 3`. */
  text: string;
}

export interface GuardedChild {
  child: ChildProcess;
  /** When it has ended and all of its output was read; also when it can't be started. Never rejects. */
  ended: Promise<ProcessEnd>;
}

/** Starts a program that the guard ends when this process is killed. `guardSignal`: see `Guarded`. */
export function spawnGuarded(
  command: string,
  args: string[],
  options: SpawnOptions,
  guardSignal?: NodeJS.Signals,
): GuardedChild {
  const child = spawn(command, args, options);
  const release = child.pid === undefined ? () => undefined : guardProcess(child.pid, guardSignal);
  const ended = new Promise<ProcessEnd>((resolve) => {
    child.once('error', (error) => resolve({ isGood: false, text: `${command} can't be run: ${error.message}` }));
    child.once('close', (code, signal) => {
      release();
      const text = signal === null ? `it ended with ${code}` : `it was ended by ${signal}`;
      resolve({ isGood: code === 0, text });
    });
  });
  return { child, ended };
}

/**
 * Waits for the end of a child, and kills it with all it started when `signal` is aborted or the time is over. Rejects
 * when it didn't end well.
 */
export async function endOf({ child, ended }: GuardedChild, signal: AbortSignal, timeoutMs: number): Promise<void> {
  const late = AbortSignal.timeout(timeoutMs);
  const over = AbortSignal.any([signal, late]);
  let killed = Promise.resolve();
  const kill = (): void => void (killed = killTree(child.pid));
  over.addEventListener('abort', kill);
  if (over.aborted) kill();
  const { isGood, text } = await ended;
  over.removeEventListener('abort', kill);
  await killed;
  if (over.aborted) throw new Error(signal.aborted ? 'interrupted' : `it was not done in ${timeoutMs / 1000} s`);
  if (!isGood) throw new Error(text);
}

// By pid and not by group, because some have workers in groups of their own.
async function killTree(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  for (const member of await processTree(pid)) send(member, 'SIGKILL');
}
