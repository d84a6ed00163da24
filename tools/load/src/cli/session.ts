import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeMachine, describeRevision, describeVersions } from '@sluice/kit/machine';
import type { StackFile } from '@sluice/kit/stack-file';
import { stackHome, workspaceRoot } from '@sluice/kit/workspace';
import type { Capacity } from '@sluice/mail-sink/capacity';
import type { Flow } from '../plan/flow-plan.ts';
import type { Schedule } from '../plan/order.ts';
import { newRunId } from '../plan/flow-plan.ts';
import { renderReport } from '../report/report.ts';
import { failuresOf } from '../result/failures.ts';
import type { Result } from '../result/result.ts';
import { replaySummary } from '../result/replay-summary.ts';
import { comparisonTable } from '../result/table.ts';
import { verdict } from '../result/verdict.ts';
import { runFlow, type FlowRun } from '../run/flow-run.ts';
import { warmUp } from '../run/warm-up.ts';
import { defaultConnections, defaultTimeoutMs } from '../run/open-loop.ts';
import { ProgressLine } from './progress.ts';

export type FlowRuns = Partial<Record<Flow, FlowRun>>;

export interface SessionOptions {
  flows: Flow[];
  seed: number;
  capacity: Capacity;
  /** Orders sent through each flow beforehand; 0 for none. */
  warmUpOrders: number;
  /** Extra copies of result and report, in addition to those in `outDir`. */
  jsonFile?: string | undefined;
  reportFile?: string | undefined;
  /** Default `.sluice/results/<time>`. */
  outDir?: string | undefined;
}

/** The flows one after the other, each with the same schedule. */
export async function runFlows(stack: StackFile, schedule: Schedule, options: SessionOptions): Promise<FlowRuns> {
  const runs: FlowRuns = {};
  const runId = newRunId();
  const line = new ProgressLine();
  for (const flow of options.flows) {
    const { warmUpOrders: orders, seed } = options;
    if (orders > 0) await warmUp(stack, flow, { orders, seed, onProgress: line.show });
    runs[flow] = await runFlow({ stack, schedule, flow, runId, capacity: options.capacity, onProgress: line.show });
    line.end();
  }
  return runs;
}

/** What every result has about its circumstances; `flows` and `replay` come from the runs. */
export async function describeResult(
  stack: StackFile,
  startedAt: Date,
  runs: FlowRuns,
  parameters: Record<string, unknown>,
  options: SessionOptions,
): Promise<Result> {
  return {
    seed: options.seed,
    startedAt: startedAt.toISOString(),
    machine: describeMachine(),
    versions: await describeVersions(workspaceRoot, stack.databases.order, stack.kafka.version),
    revision: await describeRevision(workspaceRoot),
    parameters: {
      ...parameters,
      slots: options.capacity.slots,
      latencyMs: options.capacity.latencyMs,
      flows: options.flows,
      warmUpOrders: options.warmUpOrders,
      connections: defaultConnections,
      timeoutMs: defaultTimeoutMs,
      infra: stack.infra,
      brokers: stack.kafka.brokers.length,
    },
    flows: Object.fromEntries(Object.entries(runs).map(([flow, run]) => [flow, run.result])),
  };
}

/** Writes result and report, prints the comparison, and returns the exit code: 1 when a run has violations. */
export async function conclude(result: Result, runs: FlowRuns, options: SessionOptions): Promise<number> {
  const folder = result.startedAt.replaceAll(':', '-').replace(/\.\d+Z$/, 'Z');
  const outDir = options.outDir ?? join(stackHome, 'results', folder);
  const series = Object.fromEntries(Object.entries(runs).map(([flow, run]) => [flow, run.series]));
  const report = await renderReport(result, series);
  const json = `${JSON.stringify(result, null, 2)}\n`;
  const reportFile = options.reportFile ?? join(outDir, 'report.html');
  await write(join(outDir, 'result.json'), json);
  await write(join(outDir, 'report.html'), report);
  if (options.jsonFile !== undefined) await write(options.jsonFile, json);
  if (options.reportFile !== undefined) await write(options.reportFile, report);
  const failures = failuresOf(result);
  const lines = [
    comparisonTable(result),
    '',
    ...verdict(result),
    ...replaySummary(result),
    '',
    ...failures.map((failure) => `FAILED: ${failure}`),
  ];
  process.stdout.write(`${lines.join('\n')}\nReport: ${reportFile}\n`);
  return failures.length > 0 ? 1 : 0;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}
