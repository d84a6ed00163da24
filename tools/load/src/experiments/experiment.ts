import type { StackFile } from '@sluice/kit/stack-file';
import type { Ledger } from '../ledger/snapshot.ts';

export const experimentNames = [
  'latency',
  'burst',
  'outage',
  'extend',
  'scale',
  'ceiling',
  'failover',
  'plan',
] as const;
export type ExperimentName = (typeof experimentNames)[number];

/** What people read, in every language of the terminal and the report. */
export interface Text {
  en: string;
  zh: string;
}

/** One claim of the design, tried on real services. It is given a stack that has what it needs. */
export interface Experiment {
  name: ExperimentName;
  /** For `--help`. */
  summary: string;
  needs: StackNeeds;
  run(context: ExperimentContext): Promise<Findings>;
}

export interface StackNeeds {
  /** Fault proxies before databases, Kafka and SMTP. */
  proxies?: boolean;
  /** Default 1. */
  brokers?: number;
}

export interface ExperimentContext {
  stack: StackFile;
  seed: number;
  /** Smaller counts and fewer cases. */
  quick: boolean;
  /** One line for the terminal about what happens now. */
  progress: (line: string) => void;
  /** Aborted when the person wants to leave; the experiment then puts back what it changed. */
  signal: AbortSignal;
}

/** What an experiment found; its numbers are those of `result.json`, the table and the report alike. */
export interface Findings {
  /** One sentence, computed from the data; it may speak against async. */
  verdict: Text;
  checks: Check[];
  tables: Table[];
  plots: Plot[];
  /** Of each run, under a name such as `async ×10`. */
  ledgers: Record<string, Ledger>;
  /** The number that shows the problem, and the one that shows the gain; only where both flows ran. */
  contrast?: { sync: Text; async: Text };
}

/**
 * `invariant`: what must hold in logic; a miss makes the exit code 1. `threshold`: how good it is; a miss is shown, and
 * counts only with `--strict`.
 */
export interface Check {
  kind: 'invariant' | 'threshold';
  what: Text;
  holds: boolean;
  /** The measured value, and the bound that it was compared with. */
  measured: string;
}

export interface Table {
  title: Text;
  columns: Text[];
  rows: (Text | string | number | null)[][];
}

export interface Plot {
  title: Text;
  caption: Text;
  x: Axis;
  y: Axis;
  series: Series[];
}

export interface Axis {
  label: Text;
  /** Of the values, e.g. `s`, `ms`, `orders`, `orders/s`. */
  unit: string;
  scale?: 'linear' | 'log';
}

export interface Series {
  label: Text;
  /** Decides the colour, so that a flow has the same one in every plot. */
  role: 'sync' | 'async' | 'log' | 'ideal' | 'capacity' | 'arrivals' | 'other';
  /** Sorted by x. */
  points: [x: number, y: number | null][];
}
