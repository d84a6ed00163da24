import type { BenchContext } from '../row.ts';
import { measureOrders, type Flow } from './measure.ts';
import type { Pipeline } from './pipeline.ts';

/** Rates of flows are compared while both answer within this at p99; milliseconds. */
export const maxAckMs = 100;
const clientCounts = [16, 32, 64, 128, 256];
/** A trial is short: what is measured later has to stay within the bound too. */
const boundMs = 0.8 * maxAckMs;

/**
 * The number of clients from which a flow takes most orders while it answers within `maxAckMs` at p99; when it never
 * does, the one with the fastest answers. Rates compare only between flows that answer in time, and how many clients a
 * flow can serve in time is a part of its speed.
 */
export async function clientsInTime(pipeline: Pipeline, context: BenchContext, flow: Flow): Promise<number> {
  const tryOnce = async (clients: number): Promise<Trial> => {
    const seconds = context.quick ? 2 : 5;
    const { value, extra } = await measureOrders(pipeline, context, { flow, connections: clients, seconds });
    return { clients, perSecond: value, ackMs: extra!['ackP99Ms']! };
  };
  return bestInTime(await trialsOf(clientCounts, tryOnce, boundMs), boundMs);
}

/**
 * From few clients to many, until they are too many. One pause of the machine decides the p99 of a trial, so that a slow
 * trial is repeated once. All trials count.
 */
export async function trialsOf(
  counts: readonly number[],
  tryOnce: (clients: number) => Promise<Trial>,
  bound: number,
): Promise<Trial[]> {
  const trials: Trial[] = [];
  for (const clients of counts) {
    let trial = await tryOnce(clients);
    trials.push(trial);
    if (trial.ackMs <= bound) continue;
    trials.push((trial = await tryOnce(clients)));
    if (trial.ackMs > bound) break;
  }
  return trials;
}

export interface Trial {
  clients: number;
  perSecond: number;
  ackMs: number;
}

/** Throws a `RangeError` when nothing was tried. */
export function bestInTime(trials: readonly Trial[], boundMs: number): number {
  const inTime = trials.filter(({ ackMs }) => ackMs <= boundMs).sort((a, b) => b.perSecond - a.perSecond);
  const fastest = trials.toSorted((a, b) => a.ackMs - b.ackMs);
  const [best] = [...inTime, ...fastest];
  if (!best) throw new RangeError('nothing was tried');
  return best.clients;
}
