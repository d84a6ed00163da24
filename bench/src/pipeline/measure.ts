import { setTimeout as delay } from 'node:timers/promises';
import { meterCpu, perItem } from '../cpu.ts';
import { type ClosedLoopResult, failuresOf, runClosedLoop, succeeded } from '../load/closed-loop.ts';
import { orderBodies } from '../load/orders.ts';
import type { BenchContext, Sample } from '../row.ts';
import type { Pipeline, Progress } from './pipeline.ts';

export type Flow = 'async' | 'sync' | 'log';

export interface OrderLoad {
  /** Default `async`. */
  flow?: Flow;
  /** Default 64. */
  connections?: number;
  /** Default: the context's. */
  seconds?: number;
  /** Don't wait until the orders are completed. */
  intakeOnly?: boolean;
}

const pollMs = 1_000;
/** Without any progress for this long, what is left is lost. */
const stalledMs = 60_000;

/**
 * Orders from clients, each with one under way at a time, and then until the last is notified. `value` is accepted
 * orders per second while they came; the extras are `completedPerSecond` from the first order to the last notification,
 * the number of `clients`, `ackP50Ms`, `ackP99Ms`, requests that `failed`, the `backlog` at the end of the load, orders
 * that were `lost`, and `serverCpuMicros` per order.
 */
export async function measureOrders(pipeline: Pipeline, context: BenchContext, load: OrderLoad = {}): Promise<Sample> {
  const { flow = 'async', connections = 64, seconds = context.seconds, intakeOnly = false } = load;
  await pipeline.empty();
  await pipeline.databases.query('order', 'checkpoint');
  const spent = await meterCpu(pipeline.pids);
  const url = `${pipeline.orderUrl}/orders?flow=${flow}`;
  const result = await runClosedLoop({ url, connections, seconds, bodies: orderBodies(1_000) }, context.signal);
  const accepted = succeeded(result);
  if (accepted === 0) throw new Error(`no order was accepted: ${JSON.stringify(result)}`);
  const atEnd = await pipeline.progress();
  const end = intakeOnly ? atEnd : await completed(pipeline, accepted, context.signal);
  const servers = perItem(await spent(), intakeOnly ? accepted : end.orders);
  const extra = {
    clients: connections,
    ackP50Ms: result.latency.p50,
    ackP99Ms: result.latency.p99,
    failed: failuresOf(result),
    backlog: atEnd.orders - atEnd.notified,
    serverCpuMicros: Object.values(servers).reduce((sum, micros) => sum + micros, 0),
    ...(!intakeOnly && {
      completedPerSecond: completedPerSecond(flow, result, end),
      lost: Math.max(end.orders, accepted) - end.notified,
    }),
  };
  return {
    value: accepted / result.seconds,
    cpuMicrosPerItem: { ...servers, generator: result.cpuMicros / accepted },
    extra,
  };
}

/** Lets processes compile their hot paths before anything is measured. */
export async function warmUp(pipeline: Pipeline, context: BenchContext, load: OrderLoad = {}): Promise<void> {
  await measureOrders(pipeline, context, { seconds: context.quick ? 2 : 8, ...load });
}

/** A synchronous order is completed when it is answered. */
function completedPerSecond(flow: Flow, result: ClosedLoopResult, end: Progress): number {
  if (flow === 'sync') return succeeded(result) / result.seconds;
  return end.notified === 0 ? 0 : (end.notified * 1_000) / (end.lastMs - result.startedMs);
}

/**
 * Until all orders are notified and nothing has changed for a second, because an order may be written after its client
 * has gone. Or until nothing changes any more.
 */
export async function completed(pipeline: Pipeline, accepted: number, signal: AbortSignal): Promise<Progress> {
  let last = await pipeline.progress();
  let changedAt = performance.now();
  for (;;) {
    await delay(pollMs, undefined, { signal });
    const now = await pipeline.progress();
    if (now.notified > last.notified || now.orders > last.orders) changedAt = performance.now();
    else if (now.notified >= Math.max(now.orders, accepted) || performance.now() - changedAt >= stalledMs) return now;
    last = now;
  }
}
