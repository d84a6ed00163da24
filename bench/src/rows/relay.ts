import { runOpenLoop } from '../load/open-loop.ts';
import { measureOrders } from '../pipeline/measure.ts';
import { drainOutbox, notePublishing, outboxPublished, publishLatency } from '../pipeline/outbox.ts';
import { Stage } from '../pipeline/stage.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const stage = new Stage();
const intakeOnly = true;
let halfLoad = 0;

export const relayRow: Row = {
  name: 'relay',
  title: 'Publishing the outbox and filling it, the order service alone',
  unit: 'events/s',
  item: 'event',
  sides: {
    relay: async ({ quick, signal }) => ({
      value: await drainOutbox(stage.pipeline.databases, quick ? 10_000 : 100_000, signal),
    }),
    intake: async (context) => {
      const sample = await measureOrders(stage.pipeline, context, { intakeOnly });
      await outboxPublished(stage.pipeline.databases, context.signal);
      return sample;
    },
    'half load': publishAtHalfLoad,
  },
  ratios: [
    { title: 'events drained/s ÷ orders accepted/s', of: 'relay', to: 'intake', floor: 1.2, goal: 2 },
    {
      title: 'written → acknowledged by Kafka at half load, p50 in ms',
      ...{ of: 'half load', figure: 'p50Ms', floor: 20, goal: 8, lowerIsBetter: true },
    },
    {
      title: 'written → acknowledged by Kafka at half load, p99 in ms',
      ...{ of: 'half load', figure: 'p99Ms', floor: 100, goal: 40, lowerIsBetter: true },
    },
  ],
  async setUp(context) {
    await stage.start(context, { only: ['order'] }, [{ intakeOnly }]);
    await notePublishing(stage.pipeline.databases);
    const { value } = await measureOrders(stage.pipeline, context, { intakeOnly });
    halfLoad = value / 2;
    await outboxPublished(stage.pipeline.databases, context.signal);
  },
  tearDown: () => stage.end(),
};

async function publishAtHalfLoad({ seconds, signal }: BenchContext): Promise<Sample> {
  await stage.pipeline.empty();
  await runOpenLoop(stage.pipeline, { ratePerSecond: halfLoad, seconds }, signal);
  await outboxPublished(stage.pipeline.databases, signal);
  const { databases } = stage.pipeline;
  const p50Ms = await publishLatency(databases, 0.5);
  return { value: halfLoad, extra: { p50Ms, p99Ms: await publishLatency(databases, 0.99) } };
}
