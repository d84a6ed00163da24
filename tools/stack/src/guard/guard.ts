import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { birthOf } from '../../../kit/src/process-info.ts';
import { type Guarded, guardedVariable, type GuardLine } from './guarded.ts';

// A process can't clean up after its own SIGKILL. So a second one, in a session of its own, holds the other end of a
// pipe: when this process ends in whatever way, the system closes the pipe, and the guard removes what is still named
// to it. There is one guard per process, and it lives only while something is guarded.

const REPLACE_AFTER_MS = 500;
const things = new Map<number, Guarded>();
let nextKey = 1;
let guardian: ChildProcess | undefined;

/**
 * Makes sure that `thing` is removed within 10 s of the end of this process, even of `kill -9`. The function that
 * comes back takes the promise back; call it when the thing is gone or may stay.
 */
export function guard(thing: Guarded): () => void {
  const key = nextKey++;
  things.set(key, thing);
  notify({ add: key, thing });
  return () => {
    if (things.delete(key)) notify({ release: key });
  };
}

/** `guard` for a process that this one has just started. */
export function guardProcess(pid: number, firstSignal?: NodeJS.Signals): () => void {
  const birth = birthOf(pid);
  return birth === undefined ? () => undefined : guard({ kind: 'process', pid, birth, firstSignal });
}

/** Starts the guard when it doesn't run yet, and says which process it is. */
export function guardIdentity(): { pid: number; birth: string } {
  const { pid } = theGuardian();
  const birth = pid === undefined ? undefined : birthOf(pid);
  if (pid === undefined || birth === undefined) {
    throw new Error('The guard process, which cleans up after a killed stack, could not be started.');
  }
  return { pid, birth };
}

function notify(line: GuardLine): void {
  const known = guardian;
  const child = theGuardian();
  if (child === known) child.stdin?.write(`${JSON.stringify(line)}\n`);
}

function theGuardian(): ChildProcess {
  return (guardian ??= startGuardian());
}

function startGuardian(): ChildProcess {
  const program = fileURLToPath(new URL('./main.ts', import.meta.url));
  // A new one knows everything from its first moment: this process may be killed before it can write a line.
  const env = { ...process.env, [guardedVariable]: JSON.stringify([...things]) };
  const stdio: StdioOptions = ['pipe', 'ignore', 'ignore'];
  const child = spawn(process.execPath, [program], { detached: true, cwd: '/', env, stdio });
  // A guard that dies closes the pipe, and a write into it fails: both are answered once, by `exit`.
  child.stdin?.on('error', () => undefined);
  child.once('exit', replaceGuardian);
  child.once('error', replaceGuardian);
  child.unref();
  (child.stdin as Socket | null)?.unref();
  return child;
}

// After a while, so that a guard that can't start doesn't turn this into a busy loop.
function replaceGuardian(): void {
  guardian = undefined;
  setTimeout(() => {
    if (things.size > 0) theGuardian();
  }, REPLACE_AFTER_MS).unref();
}
