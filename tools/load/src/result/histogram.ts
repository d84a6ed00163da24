import { build, type Histogram } from 'hdr-histogram-js';
import type { Percentiles } from './result.ts';

const unitsPerMs = 1000;
/** Ten minutes: longer than any run waits. */
const highestMs = 600_000;

/** Latencies in milliseconds, kept in microseconds with three significant digits. */
export class Latencies {
  readonly #histogram: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestMs * unitsPerMs,
    numberOfSignificantValueDigits: 3,
    bitBucketSize: 32,
  });

  constructor(valuesMs: Iterable<number> = []) {
    for (const value of valuesMs) this.record(value);
  }

  /** Below a microsecond, or before the intended time by the clocks' disagreement, counts as a microsecond. */
  record(valueMs: number): void {
    const bounded = Math.min(Math.max(valueMs, 0), highestMs);
    this.#histogram.recordValue(Math.max(1, Math.round(bounded * unitsPerMs)));
  }

  percentiles(): Percentiles {
    const at = (percentile: number): number | null => this.at(percentile);
    return { p50: at(50), p99: at(99), p999: at(99.9), max: at(100) };
  }

  /** Value below which `percentile` percent of the latencies lie, or null when there are none. */
  at(percentile: number): number | null {
    if (this.#histogram.totalCount === 0) return null;
    return this.#histogram.getValueAtPercentile(percentile) / unitsPerMs;
  }

  get count(): number {
    return this.#histogram.totalCount;
  }
}
