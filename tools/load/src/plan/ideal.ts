import { sampleLag, area, sampleSeconds } from './curves.ts';
import type { Ideal } from './order.ts';

export interface BurstShape {
  /** Multiple of the provider's capacity during the burst: X. */
  factor: number;
  /** Length of the burst: T. */
  seconds: number;
  /** Load after the burst as a fraction of the capacity: b, in [0, 1). */
  base: number;
  /** The provider's capacity in mails per second: μ. */
  capacity: number;
}

/** Fluid model: peak (X−1)μT, drain (X−1)T/(1−b), area ½·peak·(T + drain), which is ½X(X−1)μT² when b is 0. */
export function burstIdeal({ factor, seconds, base, capacity }: BurstShape): Ideal {
  const excess = Math.max(0, factor - 1);
  const peakLag = excess * capacity * seconds;
  const drainSeconds = (excess * seconds) / (1 - base);
  return {
    peakLag,
    drainSeconds,
    lagArea: (peakLag * (seconds + drainSeconds)) / 2,
    line: [
      [0, 0],
      [seconds, peakLag],
      [seconds + drainSeconds, 0],
    ],
  };
}

/** The same figures for any schedule: each order waits for the one before it and takes 1/μ of a single server. */
export function queueIdeal(arrivalsMs: number[], capacity: number): Ideal {
  const arrivals = arrivalsMs.map((at) => at / 1000);
  let free = 0;
  const done = arrivals.map((at) => (free = Math.max(free, at) + 1 / capacity));
  const last = arrivals.at(-1) ?? 0;
  const samples = sampleLag(arrivals, done, Math.max(last, free));
  return {
    peakLag: Math.max(0, ...samples),
    drainSeconds: Math.max(0, free - last),
    lagArea: area(samples),
    line: samples.map((lag, index) => [index * sampleSeconds, lag]),
  };
}
