import { measureOrders } from '../pipeline/measure.ts';
import { drainOutbox, notePublishing, outboxPublished } from '../pipeline/outbox.ts';
import { startOurs } from '../pipeline/ours.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const rounds = 10;

export const relayDecayRow: Row = {
  name: 'relay-decay',
  title: 'Publishing the last 100,000 of a million events, beside a transaction that is open since the first',
  unit: 'events/s',
  item: 'event',
  sides: { sluice: measure },
  ratios: [
    {
      title: 'the last 100,000 events ÷ the first',
      ...{ of: 'sluice', to: 'sluice', toFigure: 'firstPerSecond', floor: 0.9, goal: 1 },
    },
  ],
};

/** What was sent is dead in the indexes, and stays there: no vacuum may take what an open transaction could see. */
async function measure(context: BenchContext): Promise<Sample> {
  const { quick, signal } = context;
  const events = quick ? 5_000 : 100_000;
  await using pipeline = await startOurs(context, { only: ['order'] });
  await measureOrders(pipeline, context, { intakeOnly: true });
  await outboxPublished(pipeline.databases, signal);
  await notePublishing(pipeline.databases);
  await drainOutbox(pipeline.databases, events, signal);
  const beganAt = performance.now();
  await using _open = await pipeline.databases.openTransaction('order');
  const perSecond: number[] = [];
  while (perSecond.length < rounds) {
    perSecond.push(await drainOutbox(pipeline.databases, events, signal));
    context.report(`  ${perSecond.length * events} events: ${perSecond.at(-1)!.toFixed(0)} events/s`);
  }
  const openSeconds = (performance.now() - beganAt) / 1_000;
  return { value: perSecond.at(-1)!, extra: { firstPerSecond: perSecond[0]!, openSeconds } };
}
