import { memoryOfTree } from '@sluice/kit/process-info';
import { startInfrastructure } from '@sluice/stack/tools';
import { runOpenLoop } from '../pipeline/open-loop.ts';
import { completed, warmUp } from '../pipeline/measure.ts';
import { startOurs } from '../pipeline/ours.ts';
import { atLeast, atMost, type BenchContext, type Row, type Sample } from '../row.ts';
import { percentile } from '../statistics.ts';

const factor = 4;
/** Enough that no shed request has waited for the connection of an accepted one. */
const connections = 4_096;
const of = 'sluice';
const memory = { figure: 'memoryAfterMb', toFigure: 'memoryBeforeMb' };
const shedStatuses = ['429', '503'];

export const overloadRow: Row = {
  name: 'overload',
  title: 'Four times as many orders as the intake is allowed to take',
  unit: 'accepted/s',
  anchors: ['pgbench'],
  ratios: [
    atLeast(0.9, 0.98, 'accepted ÷ the limit', { of, figure: 'shareOfLimit' }),
    atMost(50, 20, 'shed requests, p99 in ms', { of, figure: 'shedP99Ms' }),
    atMost(0, 0, 'neither accepted nor shed with 429 or 503 and Retry-After', { of, figure: 'unexplained' }),
    atMost(0, 0, 'accepted and lost', { of, figure: 'lost' }),
    atMost(1.5, 1.2, 'memory of the order service after ÷ before', { of, to: of, ...memory }),
  ],
  open: async (context) => ({ sluice: () => measure(context) }),
};

async function measure(context: BenchContext): Promise<Sample> {
  const { quick, signal } = context;
  const limit = quick ? 50 : 1_500;
  const seconds = quick ? 5 : 60;
  await using cleanup = new AsyncDisposableStack();
  // The optimising compiler of the bench's broker, which `npm start` leaves out, takes most of a processor for half a
  // second now and then, for minutes, and delays shedding.
  const infrastructure = cleanup.use(await startInfrastructure(() => undefined));
  const settings = { INTAKE_MAX_PER_SECOND: String(limit) };
  const pipeline = await startOurs({ ...context, infrastructure }, cleanup, { settings });
  const overload = (ofSeconds: number) =>
    runOpenLoop(pipeline, { ratePerSecond: factor * limit, seconds: ofSeconds, connections }, signal);
  await warmUp(pipeline, context);
  // To shed is another hot path than to accept.
  const { counts: before } = await overload(quick ? 1 : 5);
  await completed(pipeline, before.accepted, signal);
  const memoryMb = async (): Promise<number> => (await memoryOfTree(pipeline.pids['order']!)) / 1024 / 1024;
  await pipeline.empty();
  await pipeline.databases.query('order', 'checkpoint');
  const memoryBeforeMb = await memoryMb();
  const { attempts, counts, startedMs } = await overload(seconds);
  const memoryAfterMb = await memoryMb();
  const atEnd = await pipeline.progress();
  const { orders, notified } = await completed(pipeline, counts.accepted, signal);
  const shed = attempts.filter(
    ({ outcome, retryAfter }) => shedStatuses.includes(outcome!) && retryAfter !== undefined,
  );
  const accepted = attempts.filter(({ outcome }) => outcome === 'accepted');
  const lastMs = accepted.reduce((last, { endedMs }) => Math.max(last, endedMs!), startedMs);
  // As long as it really took: a machine that is too slow for the schedule has more time for what it accepts.
  const value = counts.accepted / Math.max(seconds, (lastMs - startedMs) / 1_000);
  const shedMs = shed.map(({ endedMs, intendedMs }) => endedMs! - intendedMs);
  const extra = {
    shareOfLimit: value / limit,
    shedP99Ms: percentile(shedMs, 99),
    unexplained: attempts.length - counts.accepted - shed.length,
    lost: Math.max(orders, counts.accepted) - notified,
    backlog: atEnd.orders - atEnd.notified,
    memoryBeforeMb,
    memoryAfterMb,
  };
  return { value, extra };
}
