import { memoryOfTree } from '@sluice/kit/process-info';
import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const megabyte = 1024 * 1024;

export const memoryRow: Row = {
  name: 'memory',
  title: 'Memory of the order service after a backlog of 100,000 orders',
  unit: 'MB',
  item: 'order',
  anchors: [],
  sides: { sluice: measure },
  ratios: [
    {
      title: 'memory after the backlog ÷ idle after warm-up',
      ...{ of: 'sluice', to: 'sluice', toFigure: 'idleMb', floor: 2, goal: 1.3, lowerIsBetter: true },
    },
  ],
};

async function measure(context: BenchContext): Promise<Sample> {
  await using pipeline = await startOurs(context);
  await warmUp(pipeline, context);
  const memoryMb = async (): Promise<number> => (await memoryOfTree(pipeline.pids['order']!)) / megabyte;
  const idleMb = await memoryMb();
  const backlog = context.quick ? 10_000 : 100_000;
  await pipeline.empty();
  let orders = 0;
  while (orders < backlog) {
    await measureOrders(pipeline, context, { intakeOnly: true, keep: true });
    ({ orders } = await pipeline.progress());
  }
  return { value: await memoryMb(), extra: { idleMb, orders } };
}
