import type { FlowPlan } from '../plan/flow-plan.ts';
import type { Ledger } from '../ledger/snapshot.ts';
import { Latencies } from '../result/histogram.ts';
import type { FlowResult } from '../result/result.ts';
import type { Attempt } from './attempt.ts';
import { area, ascending, perSecond, sampleLag, sampleSeconds } from '../plan/curves.ts';
import type { FirstMail } from './delivery.ts';
import type { ProviderStats } from './mail-sink.client.ts';

/** Everything that was observed about one flow. */
export interface Observations {
  plan: FlowPlan;
  startedMs: number;
  attempts: Attempt[];
  /** Order id → first mail. */
  firstMails: Map<string, FirstMail>;
  /** Ids of the orders that are terminal in the order service's database. */
  terminal: Set<string>;
  provider: ProviderStats;
  slots: number;
  latencyMs: number;
  ledger: Ledger;
  durability: string;
}

/** What the report draws. All times in seconds after the start of the run. */
export interface FlowSeries {
  /** Per half-open second. */
  arrivals: number[];
  acceptances: number[];
  completions: number[];
  /** Each 200 ms. */
  lag: number[];
  idealLine: [number, number][];
  ackMs: Latencies;
  endToEndMs: Latencies;
}

export interface Measurement {
  result: FlowResult;
  series: FlowSeries;
}

interface Completed {
  attempt: Attempt;
  mail: FirstMail;
}

export function measure(seen: Observations): Measurement {
  const { plan, attempts, startedMs, ledger } = seen;
  const { ideal, burstEndMs } = plan.schedule;
  const seconds = (epoch: number): number => (epoch - startedMs) / 1000;
  const accepted = attempts.filter((attempt) => attempt.outcome === 'accepted');
  const failed = attempts.filter((attempt) => attempt.outcome !== 'accepted');
  const completed = completedOf(accepted, seen);

  const arrivals = plan.orders.map((order) => order.atMs / 1000);
  const acceptedAt = ascending(accepted.map((attempt) => seconds(attempt.endedMs!)));
  // In the synchronous flow the mail goes out before the answer: an order is never completed before it is accepted.
  const completedAt = ascending(completed.map((one) => seconds(Math.max(one.mail.takenAtMs, one.attempt.endedMs!))));
  const until = Math.max(burstEndMs / 1000, arrivals.at(-1) ?? 0, acceptedAt.at(-1) ?? 0, completedAt.at(-1) ?? 0);
  const lag = sampleLag(acceptedAt, completedAt, until);

  const series: FlowSeries = {
    arrivals: perSecond(arrivals, until),
    acceptances: perSecond(acceptedAt, until),
    completions: perSecond(completedAt, until),
    lag,
    idealLine: ideal.line,
    ackMs: new Latencies(accepted.map((attempt) => attempt.endedMs! - attempt.intendedMs)),
    endToEndMs: new Latencies(completed.map((one) => one.mail.takenAtMs - one.attempt.intendedMs)),
  };
  const { p50, p99, max } = series.endToEndMs.percentiles();
  const result: FlowResult = {
    durability: seen.durability,
    offered: plan.orders.length,
    accepted: accepted.length,
    completed: completed.length,
    rejected: completed.filter((one) => one.mail.kind === 'order-rejected').length,
    errors: countErrors(failed),
    ...rates(seen),
    ackMs: series.ackMs.percentiles(),
    errorMs: new Latencies(failed.map((attempt) => attempt.endedMs! - attempt.intendedMs)).percentiles(),
    endToEndMs: { p50, p99, max },
    peakLag: Math.max(0, ...lag),
    idealPeakLag: ideal.peakLag,
    lagArea: area(lag),
    idealLagArea: ideal.lagArea,
    drainSeconds: completed.length === accepted.length ? drainSeconds(seen, lag, completedAt) : null,
    idealDrainSeconds: ideal.drainSeconds,
    downstream: { capacity: (seen.slots * 1000) / seen.latencyMs, ...seen.provider },
    ledger,
  };
  return { result, series };
}

function completedOf(accepted: Attempt[], { firstMails, terminal }: Observations): Completed[] {
  return accepted.flatMap((attempt) => {
    const mail = firstMails.get(attempt.orderId!);
    return mail && terminal.has(attempt.orderId!) ? [{ attempt, mail }] : [];
  });
}

function countErrors(failed: Attempt[]): Record<string, number> {
  const groups = Map.groupBy(failed, (attempt) => attempt.outcome!);
  return Object.fromEntries([...groups].map(([kind, attempts]) => [kind, attempts.length] as const).toSorted());
}

/** Both over the burst, so that a generator or a client queue that falls behind shows as a lower rate. */
function rates({ plan, attempts, startedMs }: Observations): Pick<FlowResult, 'intendedRate' | 'achievedRate'> {
  const burst = attempts.filter((attempt) => attempt.order.atMs <= plan.schedule.burstEndMs);
  const sentMs = burst.flatMap((attempt) => (attempt.sentMs === undefined ? [] : [attempt.sentMs - startedMs]));
  const spanMs = Math.max(plan.schedule.burstEndMs, sampleSeconds * 1000);
  const lastSentMs = Math.max(spanMs, ascending(sentMs).at(-1) ?? 0);
  return { intendedRate: (burst.length * 1000) / spanMs, achievedRate: (sentMs.length * 1000) / lastSentMs };
}

/**
 * Without a base load the backlog is gone with its last completion. With one there are always some orders on their way,
 * so it counts as gone at the first sample with no more orders than the provider holds in its slots.
 */
function drainSeconds({ plan, slots }: Observations, lag: number[], completedAt: number[]): number {
  const burstEnd = plan.schedule.burstEndMs / 1000;
  const hasBase = (plan.orders.at(-1)?.atMs ?? 0) > plan.schedule.burstEndMs;
  if (!hasBase) return Math.max(0, (completedAt.at(-1) ?? 0) - burstEnd);
  const from = Math.ceil(burstEnd / sampleSeconds);
  const gone = lag.findIndex((value, index) => index >= from && value <= slots);
  return Math.max(0, gone * sampleSeconds - burstEnd);
}
