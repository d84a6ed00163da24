import type { BenchContext, Sides } from '../row.ts';
import { clientsInTime } from './client-count.ts';
import { type Flow, measureOrders, warmUp } from './measure.ts';
import { type OurOptions, startOurs } from './ours.ts';
import type { Pipeline } from './pipeline.ts';

/** One pipeline of ours with these flows as sides. */
export async function flowSides(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
  flows: Record<string, Flow>,
  options: OurOptions = {},
): Promise<Sides> {
  const pipeline = await startOurs(context, cleanup, options);
  return sidesInTime(
    context,
    Object.entries(flows).map(([name, flow]) => [name, pipeline, flow]),
  );
}

/** Each side is warmed up, and has the number of clients from which it takes most orders in time. */
export async function sidesInTime(
  context: BenchContext,
  flows: readonly [side: string, pipeline: Pipeline, flow: Flow][],
): Promise<Sides> {
  for (const [, pipeline, flow] of flows) await warmUp(pipeline, context, { flow });
  const sides: Sides = {};
  for (const [side, pipeline, flow] of flows) {
    const connections = await clientsInTime(pipeline, context, flow);
    sides[side] = () => measureOrders(pipeline, context, { flow, connections });
  }
  return sides;
}
