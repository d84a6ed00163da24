import { cpuMicrosOfTree, type Part } from '@sluice/stack/tools';

/** By name; containers are left out, because their processes can't be seen from here. */
export function pidsOf(parts: readonly Pick<Part, 'name' | 'handle'>[]): Record<string, number> {
  return Object.fromEntries(
    parts.flatMap(({ name, handle }) => (handle && 'pid' in handle ? [[name, handle.pid]] : [])),
  );
}

/**
 * Starts to count the CPU time of processes, each with all that it started, by name. The returned function gives the
 * microseconds spent since. What starts after this is counted in full.
 */
export async function meterCpu(pids: Record<string, number>): Promise<() => Promise<Record<string, number>>> {
  const before = await readAll(pids);
  return async () => {
    const after = await readAll(pids);
    return Object.fromEntries(Object.entries(after).map(([name, micros]) => [name, micros - (before[name] ?? 0)]));
  };
}

async function readAll(pids: Record<string, number>): Promise<Record<string, number>> {
  const entries = Object.entries(pids).map(async ([name, pid]) => [name, await cpuMicrosOfTree(pid)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

export function perItem(micros: Record<string, number>, items: number): Record<string, number> {
  return Object.fromEntries(Object.entries(micros).map(([name, sum]) => [name, sum / items]));
}
