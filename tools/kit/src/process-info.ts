import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { run } from './run.ts';

/** Linux counts CPU time in hundredths of a second on every platform that Node runs on. */
const microsPerTick = 10_000;
const onLinux = process.platform === 'linux';

/**
 * A text that no later process with the same pid will have: the system may give a pid to another process before it is
 * signalled. `undefined` when no such process runs; a zombie doesn't run.
 */
export function birthOf(pid: number): string | undefined {
  return onLinux ? birthFromProc(pid) : birthFromPs(pid);
}

/** Whether the very process whose `birthOf` was taken earlier still runs. */
export function isRunning(pid: number, birth: string): boolean {
  return birthOf(pid) === birth;
}

/**
 * `pid` and everything it started that still runs, directly or not, whatever session they are in; `pid` alone when that
 * is unknown. A zombie doesn't run, and has no children.
 */
export async function processTree(pid: number): Promise<number[]> {
  const childrenOf = new Map<number, number[]>();
  for (const [child, parent] of onLinux ? parentsFromProc() : await parentsFromPs()) {
    childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), child]);
  }
  const tree = [pid];
  for (const member of tree) tree.push(...(childrenOf.get(member) ?? []));
  return tree;
}

/** Memory of `pid` and its children in bytes: PSS on Linux, where shared pages count once; RSS elsewhere. */
export async function memoryOfTree(pid: number): Promise<number> {
  const pids = await processTree(pid);
  if (onLinux) return pids.reduce((sum, member) => sum + proportionalBytes(member), 0);
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', pids.join(',')], { timeout: 5_000 }).catch(emptyOutput);
  return stdout.split('\n').reduce((sum, kibibytes) => sum + Number(kibibytes.trim() || 0) * 1024, 0);
}

/**
 * CPU time of `pid` and its children in microseconds, children that have ended included; 0 when it has ended, and where
 * the system has no `/proc`.
 */
export async function cpuMicrosOfTree(pid: number): Promise<number> {
  const pids = await processTree(pid);
  return pids.reduce((sum, member) => sum + cpuMicros(member), 0);
}

/** Sends a signal and returns whether a process received it. A negative pid means the process group. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

// macOS answers EPERM instead of ESRCH for a group whose only members are zombies.
function isGone(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ESRCH' || (code === 'EPERM' && process.platform === 'darwin');
}

// The boot id makes the text unique over reboots too; field 22 counts clock ticks since boot.
function birthFromProc(pid: number): string | undefined {
  const fields = statFields(pid);
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  return hasEnded(state) ? undefined : `${bootId()}/${startTicks}`;
}

// From field 3 on. The command name in field 2 may hold blanks and brackets, so they are counted from its last bracket.
function statFields(pid: number): string[] | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function parentsFromProc(): [child: number, parent: number][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const [state, parent] = statFields(Number(pid)) ?? [];
    return hasEnded(state) ? [] : [[Number(pid), Number(parent)]];
  });
}

/** Gone, or a zombie. */
function hasEnded(state: string | undefined): boolean {
  return state === undefined || /^[ZX]/.test(state);
}

async function parentsFromPs(): Promise<[child: number, parent: number][]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,stat='], { timeout: 5_000 }).catch(emptyOutput);
  return stdout.split('\n').flatMap((line) => {
    const [child, parent, state] = line.trim().split(/\s+/);
    return hasEnded(state) ? [] : [[Number(child), Number(parent)]];
  });
}

function birthFromPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5_000,
    }).trim();
    return line === '' || hasEnded(line) ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined; // ps ends with 1 when there is no such process.
  }
}

let cachedBootId: string | undefined;

function bootId(): string {
  cachedBootId ??= (readProc('/proc/sys/kernel/random/boot_id') ?? '').trim().slice(0, 8);
  return cachedBootId;
}

// utime, stime, cutime and cstime are fields 14 to 17.
function cpuMicros(pid: number): number {
  const ticks = statFields(pid)?.slice(11, 15) ?? [];
  return ticks.reduce((sum, count) => sum + Number(count), 0) * microsPerTick;
}

function proportionalBytes(pid: number): number {
  const pss = /^Pss:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/smaps_rollup`) ?? '');
  const rss = pss ?? /^VmRSS:\s+(\d+) kB/m.exec(readProc(`/proc/${pid}/status`) ?? '');
  return Number(rss?.[1] ?? 0) * 1024;
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // The process ended, or belongs to another user.
  }
}

function emptyOutput(): { stdout: string } {
  return { stdout: '' };
}
