import { burstSchedule, newRunId, OpenLoop, planFlow } from '@sluice/load';
import type { Pipeline } from './pipeline.ts';

const customers = 1_000;

/**
 * Asynchronous orders at random instants, independent of the answers; resolves when all are answered or given up. Rejects
 * when `signal` is aborted.
 */
export async function runOpenLoop(
  pipeline: Pipeline,
  load: { ratePerSecond: number; seconds: number; connections?: number },
  signal: AbortSignal,
): Promise<OpenLoop> {
  const { ratePerSecond, seconds, connections } = load;
  const shape = { factor: 1, capacity: ratePerSecond, seconds, base: 0 };
  const plan = planFlow(burstSchedule({ ...shape, customers, seed: 1 }), 'async', newRunId());
  await pipeline.stockUp(plan.stock);
  const loop = new OpenLoop(plan, { orderUrl: pipeline.orderUrl, ...(connections && { connections }) });
  await loop.run(signal);
  return loop;
}
