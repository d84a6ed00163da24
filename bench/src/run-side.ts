import { runChild } from './child-process.ts';
import { meterCpu, perItem, pidsOf } from './cpu.ts';
import type { BenchContext, Sample } from './row.ts';
import type { WindowReport } from './sides/window.ts';

/**
 * One run of a program of `sides/`, which reports when its window begins and ends. CPU is counted of `side`, the broker
 * and the database. Rejects when the process fails, or ends without a window.
 */
export async function runSide(context: BenchContext, program: string, input: object): Promise<Sample> {
  const { signal, cpuProf, infrastructure } = context;
  let stopCounting: ReturnType<typeof meterCpu> | undefined;
  let sample: Promise<Sample> | undefined;
  const onMessage = (report: WindowReport): void => {
    if (report.kind === 'begin') stopCounting = meterCpu(pidsOf(infrastructure.parts));
    else if (stopCounting) sample = sampleOf(report, stopCounting);
  };
  await runChild(`sides/${program}`, input, { signal, cpuProf, onMessage });
  if (!sample) throw new Error(`${program} ended without having measured anything`);
  return sample;
}

async function sampleOf(
  { items, ms, cpuMicros }: Extract<WindowReport, { kind: 'end' }>,
  stopCounting: ReturnType<typeof meterCpu>,
): Promise<Sample> {
  const backends = await (await stopCounting)();
  return { value: (items * 1_000) / ms, cpuMicrosPerItem: perItem({ side: cpuMicros, ...backends }, items) };
}
