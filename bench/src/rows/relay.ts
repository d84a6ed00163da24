import { runOpenLoop } from '../pipeline/open-loop.ts';
import { measureOrders, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import { drainOutbox, outboxPublished, publishLatency, recordPublishing } from '../pipeline/outbox.ts';
import { atLeast, atMost, type Row } from '../row.ts';

const intakeOnly = true;

export const relayRow: Row = {
  name: 'relay',
  title: 'Publishing the outbox and filling it, the order service alone',
  unit: 'events/s',
  ratios: [
    atLeast(1.2, 2, 'events drained/s ÷ orders accepted/s', { of: 'relay', to: 'intake' }),
    atMost(20, 8, 'written → acknowledged by Kafka at half load, p50 in ms', { of: 'half load', figure: 'p50Ms' }),
    atMost(100, 40, 'written → acknowledged by Kafka at half load, p99 in ms', { of: 'half load', figure: 'p99Ms' }),
  ],
  async open(context, cleanup) {
    const { quick, seconds, signal } = context;
    const pipeline = await startOurs(context, cleanup, { orderOnly: true });
    const { databases } = pipeline;
    const intake = async () => {
      const sample = await measureOrders(pipeline, context, { intakeOnly });
      await outboxPublished(databases, signal);
      return sample;
    };
    await warmUp(pipeline, context, { intakeOnly });
    await recordPublishing(databases);
    const halfLoad = (await intake()).value / 2;
    return {
      relay: async () => ({ value: await drainOutbox(databases, quick ? 10_000 : 100_000, signal) }),
      intake,
      'half load': async () => {
        await pipeline.empty();
        await runOpenLoop(pipeline, { ratePerSecond: halfLoad, seconds }, signal);
        await outboxPublished(databases, signal);
        const p50Ms = await publishLatency(databases, 0.5);
        return { value: halfLoad, extra: { p50Ms, p99Ms: await publishLatency(databases, 0.99) } };
      },
    };
  },
};
