import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard, guardIdentity } from './guard/guard.ts';
import { birthOf, isRunning } from '../../kit/src/process-info.ts';

interface ProcessIdentity {
  pid: number;
  birth: string;
}

interface Lock extends ProcessIdentity {
  /** While it runs, it may still be cleaning up after its stack was killed. */
  guard: ProcessIdentity;
}

const GUARD_TIMEOUT_MS = 12_000;

/**
 * Makes this process the only stack of the checkout. The function that comes back gives the place free; the guard
 * does it for a killed stack. Rejects when another stack runs, or when `signal` is aborted.
 */
export async function takeLock(path: string, signal?: AbortSignal): Promise<() => void> {
  const mine: Lock = { pid: process.pid, birth: birthOf(process.pid) ?? '', guard: guardIdentity() };
  const deadline = Date.now() + GUARD_TIMEOUT_MS;
  while (!tryTake(path, mine)) {
    const other = readLock(path);
    if (other !== undefined && runs(other)) {
      throw new Error(
        `A stack of this checkout runs already (pid ${other.pid}). ` +
          'Look at it with `npm run stack -- status`, end it with `npm run stack -- stop`.',
      );
    }
    if (other !== undefined && (!runs(other.guard) || Date.now() > deadline)) removeStale(path, other);
    await sleep(100, undefined, { signal });
  }
  const unguard = guard({ kind: 'path', path });
  return () => {
    rmSync(path, { force: true });
    unguard();
  };
}

// A link fails when the name is taken, and what it shows is complete from the first moment.
function tryTake(path: string, lock: Lock): boolean {
  const draft = `${path}.${lock.pid}`;
  writeFileSync(draft, JSON.stringify(lock), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

// Renamed first: when two find the same stale lock, the slower one must not remove the new lock of the faster one.
function removeStale(path: string, stale: Lock): void {
  const grave = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, grave);
  } catch {
    return; // Another process was faster.
  }
  if (readLock(grave)?.birth !== stale.birth) {
    renameSync(grave, path);
    return;
  }
  rmSync(grave, { force: true });
}

function readLock(path: string): Lock | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Lock;
  } catch {
    return undefined;
  }
}

function runs({ pid, birth }: ProcessIdentity): boolean {
  return isRunning(pid, birth);
}
