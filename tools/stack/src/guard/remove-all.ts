import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { birthOf, isRunning, processTree, send } from '../../../kit/src/process-info.ts';
import type { Guarded } from './guarded.ts';

type GuardedProcess = Extract<Guarded, { kind: 'process' }>;

const run = promisify(execFile);
const FIRST_SIGNAL_GRACE_MS = 4_000;
const KILL_GRACE_MS = 3_000;
const DOCKER_TIMEOUT_MS = 8_000;

/** Ends processes and containers, then removes files and folders. Never throws; takes at most about 9 s. */
export async function removeAll(things: Guarded[]): Promise<void> {
  await Promise.all([
    endProcesses(things.filter((thing) => thing.kind === 'process')),
    removeContainers(things.flatMap((thing) => (thing.kind === 'container' ? [thing.id] : []))),
  ]);
  for (const thing of things.toReversed()) {
    if (thing.kind === 'path') {
      await rm(thing.path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
    }
  }
}

async function endProcesses(roots: GuardedProcess[]): Promise<void> {
  const polite = roots.filter((root) => root.firstSignal !== undefined);
  const families = await Promise.all(roots.map(familyOf));
  for (const { pid } of families.flat()) {
    send(pid, 'SIGCONT'); // A frozen process receives only SIGKILL.
  }
  for (const root of polite) signalIfSame(root, root.firstSignal ?? 'SIGKILL');
  const impolite = roots.filter((root) => root.firstSignal === undefined);
  killGroups(impolite);
  await allGone(polite, FIRST_SIGNAL_GRACE_MS);
  killGroups(polite);
  const members = families.flat();
  for (const member of members) signalIfSame(member, 'SIGKILL');
  await allGone(members, KILL_GRACE_MS);
}

// Taken before anything is killed: children in sessions of their own, like PostgreSQL's, can't be found afterwards.
async function familyOf(root: GuardedProcess): Promise<GuardedProcess[]> {
  if (!isRunning(root.pid, root.birth)) return [];
  const pids = await processTree(root.pid);
  return pids.flatMap((pid) => {
    const birth = birthOf(pid);
    return birth === undefined ? [] : [{ kind: 'process' as const, pid, birth }];
  });
}

// A group without its leader is still ours, because no pid is given out again while a group has that number. A leader
// with another birth means that the group died out and another group got the number.
function killGroups(roots: GuardedProcess[]): void {
  for (const { pid, birth } of roots) {
    const now = birthOf(pid);
    if (now === undefined || now === birth) quietly(() => send(-pid, 'SIGKILL'));
  }
}

function signalIfSame({ pid, birth }: GuardedProcess, signal: NodeJS.Signals): void {
  if (isRunning(pid, birth)) quietly(() => send(pid, signal));
}

async function allGone(processes: GuardedProcess[], timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline && processes.some(({ pid, birth }) => isRunning(pid, birth))) await sleep(50);
}

async function removeContainers(ids: string[]): Promise<void> {
  if (ids.length > 0) {
    await run('docker', ['rm', '--force', '--volumes', ...ids], { timeout: DOCKER_TIMEOUT_MS }).catch(() => undefined);
  }
}

// One thing that can't be removed must not save the others.
function quietly(action: () => unknown): void {
  try {
    action();
  } catch {
    // EPERM: it belongs to another user now.
  }
}
