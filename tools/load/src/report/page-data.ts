import { sampleSeconds } from '../plan/curves.ts';
import type { Latencies } from '../result/histogram.ts';
import type { FlowSeries } from '../run/measure.ts';

/** What the page's script draws; `capacity` is in mails per second. */
export function pageData(series: Record<string, FlowSeries>, capacity: number): object {
  const flows = Object.entries(series).map(([flow, { idealLine: _, ackMs, endToEndMs, ...perTime }]) => {
    return [flow, { ...perTime, ackMs: curve(ackMs), endToEndMs: curve(endToEndMs) }] as const;
  });
  const idealLine = Object.values(series)[0]?.idealLine ?? [];
  return { sampleSeconds, capacity, idealLine, flows: Object.fromEntries(flows) };
}

/** A point of a percentile curve: x is log10(1 / (1 − p)), so that 90 %, 99 % and 99.9 % are equally far apart. */
type PercentilePoint = [x: number, milliseconds: number];

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
