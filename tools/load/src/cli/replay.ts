import { basename } from 'node:path';
import type { Flow } from '../plan/flow-plan.ts';
import { expectedState, finalState, type FinalState } from '../replay/final-state.ts';
import { nameOf } from '../replay/date-order.ts';
import type { OrderHistory } from '../replay/order-history.ts';
import { readOrderHistory, type ReadOptions } from '../replay/read-file.ts';
import { defaultSpeed, replaySchedule } from '../replay/schedule.ts';
import type { ReplayResult } from '../result/result.ts';
import { capacityOf, runSession, type FlowRuns, type SessionOptions } from './session.ts';

export interface ReplayOptions extends SessionOptions, ReadOptions {
  /** Default: such that it takes about a minute. */
  speed?: number;
  /** Part of the demand that is put on stock; default all of it. */
  scarce?: number;
}

/** Returns the exit code; throws an InputError before anything is started when the file can't be used. */
export async function replay(file: string, options: ReplayOptions): Promise<number> {
  const history = await readOrderHistory(file, options);
  process.stdout.write(reading(history));
  const { scarce, speed = defaultSpeed(history.invoices) } = options;
  const schedule = replaySchedule(history.invoices, speed, capacityOf(options), scarce);
  const parameters = { command: 'replay', speed, ...(scarce !== undefined && { scarce }) };
  return runSession(schedule, options, parameters, (runs) => {
    const expected = scarce === undefined ? { expected: expectedState(schedule) } : {};
    return { replay: { ...replayResult(basename(file), history, runs), ...expected } };
  });
}

/** What a person has to know before the orders are sent: how dates were read, and which rows can't be. */
function reading({ dates, invalidRows }: OrderHistory): string {
  const order = nameOf(dates.order) + (dates.order === 'any' ? '' : ` (${dates.order})`);
  const lines = [`Dates: ${order}, because ${dates.why}.`];
  return [...lines, ...invalidRows.map((text) => `Left out: ${text}.`), ''].join('\n');
}

function replayResult(file: string, history: OrderHistory, runs: FlowRuns): ReplayResult {
  const flows: Partial<Record<Flow, FinalState>> = {};
  for (const [flow, run] of Object.entries(runs)) flows[flow as Flow] = finalState(run.audit.databases, run.plan);
  const { invoices, ...counts } = history;
  return {
    file,
    orders: invoices.length,
    ...counts,
    confirmedHash: common(Object.values(flows).map((state) => state.confirmedHash)),
    finalStockHash: common(Object.values(flows).map((state) => state.finalStockHash)),
    flows,
  };
}

function common(hashes: string[]): string | null {
  return new Set(hashes).size === 1 ? hashes[0]! : null;
}
