import type { BenchContext, Sides } from '../row.ts';
import { clientsInTime } from './client-count.ts';
import { type Flow, measureOrders, warmUp } from './measure.ts';
import { type OurOptions, startOurs } from './ours.ts';

/** One pipeline of ours with these flows as sides, each with the number of clients from which it takes most orders in time. */
export async function flowSides(
  context: BenchContext,
  cleanup: AsyncDisposableStack,
  flows: Record<string, Flow>,
  options: OurOptions = {},
): Promise<Sides> {
  const pipeline = await startOurs(context, cleanup, options);
  for (const flow of Object.values(flows)) await warmUp(pipeline, context, { flow });
  const sides: Sides = {};
  for (const [name, flow] of Object.entries(flows)) {
    const connections = await clientsInTime(pipeline, context, flow);
    sides[name] = () => measureOrders(pipeline, context, { flow, connections });
  }
  return sides;
}
