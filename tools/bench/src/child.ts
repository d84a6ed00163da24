import { fork } from 'node:child_process';
import { join } from 'node:path';
import { send } from '@sluice/kit/process-info';
import { workspaceRoot } from '@sluice/kit/workspace';
import { guardProcess, plainEnvironment } from '@sluice/stack/tools';
import { meterCpu, perItem } from './cpu.ts';
import type { BenchContext, Sample } from './row.ts';
import type { WindowReport } from './sides/window.ts';

const lastChars = 2_000;
const longestRunMs = 300_000;

/**
 * Runs one side in a process of its own, with what was built and a fresh compiler, and hears from it when its window
 * begins and ends. CPU is counted of `side`, the broker and the database. Rejects when the process ends without a window.
 */
export async function runSide(context: BenchContext, program: string, input: object): Promise<Sample> {
  let stopCounting: Promise<() => Promise<Record<string, number>>> | undefined;
  let sample: Promise<Sample> | undefined;
  await runProgram(context, program, input, (report) => {
    if (report.kind === 'begin') stopCounting = meterCpu(backendPids(context));
    else if (stopCounting) sample = sampleOf(report, stopCounting);
  });
  if (!sample) throw new Error(`${program} ended without having measured anything`);
  return sample;
}

async function sampleOf(
  { items, ms, cpuMicros }: Extract<WindowReport, { kind: 'end' }>,
  stopCounting: Promise<() => Promise<Record<string, number>>>,
): Promise<Sample> {
  const backends = await (await stopCounting)();
  const cpuMicrosPerItem = perItem({ side: cpuMicros, ...backends }, items);
  return { value: (items * 1_000) / ms, cpuMicrosPerItem };
}

/** Runs a program of `sides/` to its end. Rejects with its last words when it fails. */
export async function runProgram(
  { signal, cpuProfDir }: BenchContext,
  program: string,
  input: object,
  onReport: (report: WindowReport) => void = () => undefined,
): Promise<void> {
  signal.throwIfAborted();
  const end = AbortSignal.any([signal, AbortSignal.timeout(longestRunMs)]);
  const file = join(import.meta.dirname, 'sides', program);
  const child = fork(file, [JSON.stringify(input)], {
    cwd: workspaceRoot,
    // Without the condition that leads to sources: what is measured is what was built.
    execArgv: cpuProfDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProfDir}`],
    env: { ...plainEnvironment(), NODE_ENV: 'production', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { pid } = child;
  const release = pid === undefined ? () => undefined : guardProcess(pid);
  const kill = (): void => void (pid !== undefined && send(pid, 'SIGKILL'));
  end.addEventListener('abort', kill);
  let words = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-lastChars)));
  }
  child.on('message', (report) => onReport(report as WindowReport));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    });
    signal.throwIfAborted();
    if (end.aborted) throw new Error(`${program} was not done after ${longestRunMs / 60_000} minutes\n${words.trim()}`);
    if (code !== 0) throw new Error(`${program} ended with ${code ?? 'a signal'}\n${words.trim()}`);
  } finally {
    end.removeEventListener('abort', kill);
    release();
  }
}

/** Kafka and PostgreSQL; containers are left out, whose processes can't be seen from here. */
export function backendPids({ infrastructure }: BenchContext): Record<string, number> {
  const pids = infrastructure.parts.map(
    ({ name, handle }) => [name, handle && 'pid' in handle ? handle.pid : 0] as const,
  );
  return Object.fromEntries(pids.filter(([, pid]) => pid > 0));
}
