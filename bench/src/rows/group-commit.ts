import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

/** One order per transaction, and one transaction for each connection of the service's pool. */
const off = { INTAKE_BATCH_SIZE: '1', INTAKE_FLUSHES: '10', INTAKE_LINGER_MS: '0' };
const intakeOnly = true;

export const groupCommitRow: Row = {
  name: 'group-commit',
  title: 'Concurrent orders in one transaction, and each in its own',
  unit: 'accepted/s',
  item: 'order',
  anchors: ['pgbench'],
  sides: { on: (context) => measure(context, {}), off: (context) => measure(context, off) },
  ratios: [
    { title: 'group commit at 64 clients, on ÷ off', of: 'on', to: 'off', floor: 2.5, goal: 4 },
    {
      title: 'p50 at 1 client, group commit on ÷ off',
      ...{ of: 'on', to: 'off', figure: 'oneClientP50Ms', floor: 1.2, goal: 1.05, lowerIsBetter: true },
    },
  ],
};

/** The order service alone, new for each run: what it is told at its start is what is compared. */
async function measure(context: BenchContext, settings: NodeJS.ProcessEnv): Promise<Sample> {
  await using pipeline = await startOurs(context, { only: ['order'], settings: { order: settings } });
  await warmUp(pipeline, context, { intakeOnly });
  const many = await measureOrders(pipeline, context, { intakeOnly });
  const one = await measureOrders(pipeline, context, { intakeOnly, connections: 1, seconds: context.seconds / 2 });
  return { ...many, extra: { ...many.extra, oneClientP50Ms: one.extra!['ackP50Ms']! } };
}
