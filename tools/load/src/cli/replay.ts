import { basename } from 'node:path';
import { expectedState, finalState, type FinalState } from '../replay/final-state.ts';
import { readOrderHistory, type OrderHistory } from '../replay/read-file.ts';
import { defaultSpeed, replaySchedule } from '../replay/schedule.ts';
import type { Flow } from '../plan/flow-plan.ts';
import type { ReplayResult } from '../result/result.ts';
import { withStack } from './own-stack.ts';
import { conclude, describeResult, runFlows, type FlowRuns, type SessionOptions } from './session.ts';

export interface ReplayCommand extends SessionOptions {
  file: string;
  /** Default: such that it takes about a minute. */
  speed?: number | undefined;
  /** Part of the demand that is put on stock; default all of it. */
  scarce?: number | undefined;
}

/** Returns the exit code; throws an InputError before anything is started when the file can't be used. */
export async function replay(command: ReplayCommand): Promise<number> {
  const history = await readOrderHistory(command.file);
  const speed = command.speed ?? defaultSpeed(history.invoices);
  const capacity = (command.capacity.slots * 1000) / command.capacity.latencyMs;
  const schedule = replaySchedule(history.invoices, speed, capacity, command.scarce);
  return withStack(async (stack) => {
    const startedAt = new Date();
    const runs = await runFlows(stack, schedule, command);
    const scarce = command.scarce === undefined ? {} : { scarce: command.scarce };
    const parameters = { command: 'replay', speed, ...scarce };
    const result = await describeResult(stack, startedAt, runs, parameters, command);
    result.replay = replayResult(basename(command.file), history, runs);
    if (command.scarce === undefined) result.replay.expected = expectedState(schedule);
    return conclude(result, runs, command);
  });
}

export function replayResult(file: string, history: OrderHistory, runs: FlowRuns): ReplayResult {
  const flows: Partial<Record<Flow, FinalState>> = {};
  for (const [flow, run] of Object.entries(runs)) flows[flow as Flow] = finalState(run.audit.databases, run.plan);
  const states = Object.values(flows);
  return {
    file,
    rows: history.rows,
    orders: history.invoices.length,
    replayedRows: history.replayedRows,
    skipped: history.skipped,
    confirmedHash: common(states.map((state) => state.confirmedHash)),
    finalStockHash: common(states.map((state) => state.finalStockHash)),
    flows,
  };
}

function common(hashes: string[]): string | null {
  return new Set(hashes).size === 1 ? hashes[0]! : null;
}
