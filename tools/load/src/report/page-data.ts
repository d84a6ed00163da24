import type { Flow } from '../plan/flow-plan.ts';
import type { Latencies } from '../result/histogram.ts';
import type { FlowSeries } from '../run/measure.ts';
import { sampleSeconds } from '../plan/curves.ts';

/** A point of a percentile curve: x is log10(1 / (1 − p)), so that 90 %, 99 % and 99.9 % are equally far apart. */
type PercentilePoint = [x: number, milliseconds: number];

export interface PageSeries {
  arrivals: number[];
  acceptances: number[];
  completions: number[];
  lag: number[];
  ackMs: PercentilePoint[];
  endToEndMs: PercentilePoint[];
}

/** What the page's script draws. */
export interface PageData {
  sampleSeconds: number;
  /** Mails per second. */
  capacity: number;
  idealLine: [number, number][];
  flows: Partial<Record<Flow, PageSeries>>;
}

export function pageData(series: Partial<Record<Flow, FlowSeries>>, capacity: number): PageData {
  const entries = Object.entries(series) as [Flow, FlowSeries][];
  return {
    sampleSeconds,
    capacity,
    idealLine: entries[0]?.[1].idealLine ?? [],
    flows: Object.fromEntries(entries.map(([flow, one]) => [flow, pageSeries(one)])),
  };
}

function pageSeries({ arrivals, acceptances, completions, lag, ackMs, endToEndMs }: FlowSeries): PageSeries {
  return { arrivals, acceptances, completions, lag, ackMs: curve(ackMs), endToEndMs: curve(endToEndMs) };
}

const curveStep = 0.05;

/** Ends where fewer than one sample is left; the last point is the maximum. */
function curve(latencies: Latencies): PercentilePoint[] {
  if (latencies.count === 0) return [];
  const points: PercentilePoint[] = [];
  const end = Math.log10(latencies.count);
  for (let x = 0; x < end; x += curveStep) points.push([round(x), round(latencies.at(100 * (1 - 10 ** -x))!)]);
  points.push([round(end), round(latencies.at(100)!)]);
  return points;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
