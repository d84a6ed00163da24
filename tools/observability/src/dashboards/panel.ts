/** One panel, as little of it as there is to decide. */
export interface Panel {
  title: string;
  /** Of Grafana: `ops`, `s`, `bytes`, `percentunit`, `short`. */
  unit: string;
  /** Expressions by their legend, which may name labels: `{{flow}}`. */
  series: Record<string, string>;
  /** Why a reader looks at it. */
  description?: string;
  /** One number each in place of curves. */
  stat?: StatColors;
}

/** When a number is red: from `redFrom` on, or below `redBelow`; without either it has no color. */
export interface StatColors {
  redFrom?: number;
  redBelow?: number;
}

export interface Row {
  title: string;
  panels: Panel[];
}

export interface Dashboard {
  /** Also the name of its file. */
  uid: string;
  title: string;
  rows: Row[];
  /** Variables by name, with the query for their values. */
  variables?: Record<string, string>;
}

/** `panel('Accepted', 'ops', { … })`. */
export function panel(title: string, unit: string, series: Record<string, string>, description?: string): Panel {
  return { title, unit, series, description };
}

export function stat(title: string, unit: string, series: Record<string, string>, colors: StatColors = {}): Panel {
  return { ...panel(title, unit, series), stat: colors };
}

// Grafana sets the range to four scrapes at least, so that a rate has two samples to stand on.
const range = '[$__rate_interval]';

/** A counter per second, summed by the labels. */
export function rate(counter: string, by: string): string {
  return `sum by (${by}) (rate(${counter}${range}))`;
}

/** A quantile of a histogram by the labels. `histogram` may have a selector: `name{label="x"}`. */
export function quantile(q: number, histogram: string, by: string): string {
  const [name = '', selector = ''] = histogram.split(/(?=\{)/);
  return `histogram_quantile(${q}, sum by (${[by, 'le'].filter(Boolean).join(', ')}) (rate(${name}_bucket${selector}${range})))`;
}

/** The mean of what a histogram has counted. */
export function mean(histogram: string, by: string): string {
  return `${rate(`${histogram}_sum`, by)} / ${rate(`${histogram}_count`, by)}`;
}

/** The 50th and the 99th percentile, with the labels of `by` in the legend. */
export function quantiles(histogram: string, by: string): Record<string, string> {
  const labels =
    by === ''
      ? ''
      : by
          .split(', ')
          .map((label) => `{{${label}}} `)
          .join('');
  return { [`${labels}p50`]: quantile(0.5, histogram, by), [`${labels}p99`]: quantile(0.99, histogram, by) };
}
