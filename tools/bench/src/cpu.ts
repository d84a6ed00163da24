import { readFileSync } from 'node:fs';
import { processTree } from '@sluice/kit/process-info';

/** Linux counts in hundredths of a second on every platform that Node runs on. */
const microsPerTick = 10_000;

/** CPU time of one running process and its ended children in microseconds, 0 when it's gone or the system doesn't tell. */
export function cpuMicrosOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // From field 3 on, after the name, which may hold blanks: utime, stime, cutime and cstime are fields 14 to 17.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * microsPerTick;
  } catch {
    return 0;
  }
}

/**
 * Starts to count the CPU time of processes, each with all that it started, by name. The function that comes back tells
 * the microseconds spent since. What starts after this is counted in full.
 */
export async function meterCpu(pids: Record<string, number>): Promise<() => Promise<Record<string, number>>> {
  const before = await readAll(pids);
  return async () => {
    const after = await readAll(pids);
    return Object.fromEntries(Object.entries(after).map(([name, micros]) => [name, micros - (before[name] ?? 0)]));
  };
}

async function readAll(pids: Record<string, number>): Promise<Record<string, number>> {
  const entries = Object.entries(pids).map(async ([name, pid]) => {
    const tree = await processTree(pid);
    return [name, tree.reduce((sum, member) => sum + cpuMicrosOf(member), 0)] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

export function perItem(micros: Record<string, number>, items: number): Record<string, number> {
  return Object.fromEntries(Object.entries(micros).map(([name, sum]) => [name, sum / items]));
}
