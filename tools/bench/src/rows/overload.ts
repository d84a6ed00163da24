import { memoryOfTree } from '@sluice/kit/process-info';
import { startInfrastructure } from '@sluice/stack/tools';
import { percentile, runOpenLoop } from '../load/open-loop.ts';
import { carriedThrough, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import type { BenchContext, Row, Sample } from '../row.ts';

const factor = 4;
/** So many that nobody who is refused has waited for the connection of somebody who is accepted. */
const connections = 4_096;
const refusals = ['429', '503'];

export const overloadRow: Row = {
  name: 'overload',
  title: 'Four times as many orders as the intake is allowed to take',
  unit: 'accepted/s',
  item: 'order',
  anchors: ['pgbench'],
  sides: { sluice: measure },
  ratios: [
    { title: 'accepted ÷ the limit', of: 'sluice', figure: 'shareOfLimit', floor: 0.9, goal: 0.98 },
    {
      title: 'refusals, p99 in ms',
      ...{ of: 'sluice', figure: 'refusalP99Ms', floor: 50, goal: 20, lowerIsBetter: true },
    },
    {
      title: 'neither accepted nor refused with 429 or 503 and Retry-After',
      ...{ of: 'sluice', figure: 'unexplained', floor: 0, goal: 0, lowerIsBetter: true },
    },
    { title: 'accepted and lost', of: 'sluice', figure: 'lost', floor: 0, goal: 0, lowerIsBetter: true },
    {
      title: 'memory of the order service after ÷ before',
      ...{ of: 'sluice', figure: 'memoryAfterMb', toFigure: 'memoryBeforeMb', to: 'sluice' },
      ...{ floor: 1.5, goal: 1.2, lowerIsBetter: true },
    },
  ],
};

async function measure(context: BenchContext): Promise<Sample> {
  const { quick, signal } = context;
  const limit = quick ? 50 : 1_500;
  const seconds = quick ? 5 : 60;
  const settings = { order: { INTAKE_MAX_PER_SECOND: String(limit) } };
  // The optimising compiler of the bench's broker, which `npm start` leaves out, takes most of a processor for half a
  // second now and then, for minutes. Refusals are what waits for it.
  await using infrastructure = await startInfrastructure(() => undefined);
  await using pipeline = await startOurs({ ...context, infrastructure }, { settings });
  const overload = (ofSeconds: number) =>
    runOpenLoop(pipeline, { ratePerSecond: factor * limit, seconds: ofSeconds, connections }, signal);
  await warmUp(pipeline, context);
  // To refuse is another hot path than to accept.
  const { counts: before } = await overload(quick ? 1 : 5);
  await carriedThrough(pipeline, before.accepted, signal);
  const memoryMb = async (): Promise<number> => (await memoryOfTree(pipeline.pids['order']!)) / 1024 / 1024;
  await pipeline.empty();
  await pipeline.databases.query('order', 'checkpoint');
  const memoryBeforeMb = await memoryMb();
  const { attempts, counts, startedMs } = await overload(seconds);
  const memoryAfterMb = await memoryMb();
  const atEnd = await pipeline.progress();
  const { orders, notified } = await carriedThrough(pipeline, counts.accepted, signal);
  const refused = attempts.filter(({ outcome, retryAfter }) => refusals.includes(outcome!) && retryAfter !== undefined);
  const accepted = attempts.filter(({ outcome }) => outcome === 'accepted');
  const lastMs = accepted.reduce((last, { endedMs }) => Math.max(last, endedMs!), startedMs);
  // As long as it really took: a machine that is too slow for the schedule has more time for what it accepts.
  const value = counts.accepted / Math.max(seconds, (lastMs - startedMs) / 1_000);
  const extra = {
    shareOfLimit: value / limit,
    refusalP99Ms: percentile(
      refused.map(({ endedMs, intendedMs }) => endedMs! - intendedMs),
      99,
    ),
    unexplained: attempts.length - counts.accepted - refused.length,
    lost: Math.max(orders, counts.accepted) - notified,
    backlog: atEnd.orders - atEnd.notified,
    memoryBeforeMb,
    memoryAfterMb,
  };
  return { value, extra };
}
