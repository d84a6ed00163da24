import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describeMachine, describeRevision, describeVersions } from '@sluice/kit/machine';
import type { StackFile } from '@sluice/kit/stack-file';
import { stackHome, workspaceRoot } from '@sluice/kit/workspace';
import { newRunId, type Flow } from '../plan/flow-plan.ts';
import type { Schedule } from '../plan/order.ts';
import { renderReport } from '../report/report.ts';
import { comparisonTable } from '../result/comparison.ts';
import { failuresOf } from '../result/failures.ts';
import { replaySummary } from '../result/replay-summary.ts';
import type { Result } from '../result/result.ts';
import { verdict } from '../result/verdict.ts';
import { runFlow, type FlowRun } from '../run/flow-run.ts';
import { defaultConnections, defaultTimeoutMs } from '../run/open-loop.ts';
import { warmUp } from '../run/warm-up.ts';
import { withStack } from './own-stack.ts';
import { ProgressLine } from './progress.ts';

export type FlowRuns = Partial<Record<Flow, FlowRun>>;

export const flowChoices = {
  sync: ['sync'],
  async: ['async'],
  log: ['log'],
  both: ['sync', 'async'],
  all: ['sync', 'async', 'log'],
} satisfies Record<string, Flow[]>;

/** As on the command line. */
export interface SessionOptions {
  flow: keyof typeof flowChoices;
  seed: number;
  /** Of the provider: mails at a time, and how long each takes in milliseconds. */
  slots: number;
  latency: number;
  /** Orders sent through each flow beforehand; 0 for none. */
  warmup: number;
  /** Extra copies of result and report, in addition to those in `out`. */
  json?: string;
  report?: string;
  /** Default `results/<time>` in the stack's folder. */
  out?: string;
}

/** Mails per second that the provider can take. */
export function capacityOf({ slots, latency }: SessionOptions): number {
  return (slots * 1000) / latency;
}

/**
 * Sends a schedule through the flows, one after the other, and shows what came of it. `more` adds to the result. Returns
 * the exit code.
 */
export function runSession(
  schedule: Schedule,
  options: SessionOptions,
  parameters: Record<string, unknown>,
  more: (runs: FlowRuns) => Pick<Result, 'replay'> = () => ({}),
): Promise<number> {
  return withStack(async (stack) => {
    const startedAt = new Date().toISOString();
    const runs = await runFlows(stack, schedule, options);
    const { seed, flow, slots, latency: latencyMs, warmup: warmUpOrders } = options;
    const result: Result = {
      startedAt,
      seed,
      machine: describeMachine(),
      versions: await describeVersions(workspaceRoot, stack.databases.order, stack.kafka.version),
      revision: await describeRevision(workspaceRoot),
      parameters: {
        ...parameters,
        slots,
        latencyMs,
        flows: flowChoices[flow],
        warmUpOrders,
        connections: defaultConnections,
        timeoutMs: defaultTimeoutMs,
        infra: stack.infra,
        brokers: stack.kafka.brokers.length,
      },
      ...more(runs),
      flows: ofEach(runs, (run) => run.result),
    };
    return conclude(result, runs, options);
  });
}

async function runFlows(stack: StackFile, schedule: Schedule, options: SessionOptions): Promise<FlowRuns> {
  const runs: FlowRuns = {};
  const runId = newRunId();
  const line = new ProgressLine();
  const { warmup: orders, seed, slots, latency: latencyMs } = options;
  for (const flow of flowChoices[options.flow]) {
    if (orders > 0) await warmUp(stack, flow, { orders, seed, onProgress: line.show });
    runs[flow] = await runFlow({ stack, schedule, flow, runId, capacity: { slots, latencyMs }, onProgress: line.show });
    line.end();
  }
  return runs;
}

/** Writes result and report, prints the comparison, and returns the exit code: 1 when a run has violations. */
async function conclude(result: Result, runs: FlowRuns, options: SessionOptions): Promise<number> {
  const folder = result.startedAt.replaceAll(':', '-').replace(/\.\d+Z$/, 'Z');
  const out = options.out ?? join(stackHome, 'results', folder);
  const report = join(out, 'report.html');
  const series = ofEach(runs, (run) => run.series);
  await write(`${JSON.stringify(result, null, 2)}\n`, join(out, 'result.json'), options.json);
  await write(await renderReport(result, series), report, options.report);
  const failures = failuresOf(result);
  const lines = [
    comparisonTable(result),
    '',
    ...verdict(result),
    ...replaySummary(result),
    '',
    ...failures.map((failure) => `FAILED: ${failure}`),
    `Report: ${options.report ?? report}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  return failures.length > 0 ? 1 : 0;
}

function ofEach<T>(runs: FlowRuns, valueOf: (run: FlowRun) => T): Partial<Record<Flow, T>> {
  return Object.fromEntries(Object.entries(runs).map(([flow, run]) => [flow, valueOf(run)]));
}

async function write(text: string, ...files: (string | undefined)[]): Promise<void> {
  for (const file of files.filter((one) => one !== undefined)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}
