import type { SpawnOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { withTimeout } from '@sluice/core';
import { memoryOfTree, processTree, send } from '@sluice/kit/process-info';
import { partEnvironment } from '../../runtime/environment.ts';
import { type GuardedChild, spawnGuarded } from './guard/spawn-guarded.ts';
import { Part, type PartOptions, type Run } from './part.ts';

export interface ProcessPartOptions extends PartOptions, Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'> {
  command: string;
  args: string[];
  /** Added to this process's environment, from which everything is left out that is not meant for a part. */
  env?: NodeJS.ProcessEnv;
  /** Asks the process to end in good order. Default: SIGTERM. */
  stopSignal?: NodeJS.Signals;
  /** Sent by the guard before SIGKILL when the stack itself was killed. Default: SIGKILL at once. */
  guardSignal?: NodeJS.Signals;
}

const AFTER_KILL_MS = 5_000;

/** A part that is one process in a session of its own, with a log file, and with everything it starts in turn. */
export function processPart(options: ProcessPartOptions): Part {
  return new Part(options, async () => {
    const { child, ended } = spawned(options);
    const { pid } = child;
    if (pid === undefined) throw new Error((await ended).text);
    return runOf(pid, ended, options);
  });
}

function spawned({ command, args, env, cwd, uid, gid, logFile, guardSignal }: ProcessPartOptions): GuardedChild {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const fullEnv = { ...partEnvironment(), ...env };
  const options: SpawnOptions = { cwd, uid, gid, env: fullEnv, stdio: ['ignore', log, log], detached: true };
  try {
    return spawnGuarded(command, args, options, guardSignal);
  } finally {
    closeSync(log);
  }
}

function runOf(pid: number, end: GuardedChild['ended'], { name, stopSignal = 'SIGTERM' }: ProcessPartOptions): Run {
  let state: 'running' | 'stopping' | 'over' = 'running';
  const ended = end.then(({ text }) => {
    state = 'over';
    send(-pid, 'SIGKILL'); // What it started must not hold its ports.
    return text;
  });
  // Children may have sessions of their own, so the process group alone doesn't reach them.
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    const members = await processTree(pid);
    if (state !== 'over') members.forEach((member) => send(member, name));
  };
  const kill = async (): Promise<void> => {
    await signal('SIGKILL');
    await withTimeout(ended, AFTER_KILL_MS, `SIGKILL of ${name} (pid ${pid})`);
  };
  const stop = async (graceMs: number): Promise<void> => {
    if (state === 'running') {
      state = 'stopping';
      send(pid, stopSignal);
      await signal('SIGCONT'); // A frozen process can't end in good order.
    }
    await withTimeout(ended, graceMs, name).catch(kill);
  };
  return { handle: { pid }, ended, stop, signal, memoryBytes: () => memoryOfTree(pid) };
}
