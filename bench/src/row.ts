import type { Infrastructure } from '@sluice/stack/tools';

/** What one run of one side gave. */
export interface Sample {
  /** In the row's unit. */
  value: number;
  /** CPU time, user and system, per item (an order, a record) in microseconds, by process. */
  cpuMicrosPerItem?: Record<string, number>;
  /** Further figures, by a name that tells their unit (`ackP99Ms`); ratios may be made of them too. */
  extra?: Record<string, number>;
}

/** What a run finds around it. */
export interface BenchContext {
  /** Length of the measured part of a run, in seconds. */
  seconds: number;
  /** Whether this is a run of minutes, of which only the rough figures count. */
  quick: boolean;
  /** Aborted when the bench is to end: whatever a row has started ends then. */
  signal: AbortSignal;
  /** Kafka and PostgreSQL, and nothing else on them than this bench. */
  infrastructure: Infrastructure;
  /** Where the sides' processes leave CPU profiles; default: none are made, for they cost time. */
  cpuProfDir?: string;
  /** One line for the terminal. */
  report: (line: string) => void;
}

/** Two figures of one round by each other, and what was set as the floor and the goal of it. */
export interface Ratio {
  title: string;
  /** The side on top. */
  of: string;
  /** The side below; default: none, the figure stands for itself. May be the same one with another figure. */
  to?: string;
  /** Of the side on top: `value`, `cpuMicros` (over all processes) or the name of an extra; default `value`. */
  figure?: string;
  /** Of the side below; default: the same figure. */
  toFigure?: string;
  /** Beyond which the row fails; default: shown only. */
  floor?: number;
  goal?: number;
  /** Default false. */
  lowerIsBetter?: boolean;
}

/** Loads that say how fast the machine is just now, by name. */
export type AnchorName = 'pgbench' | 'kafka';

/** One comparison: ours and its peers, measured in turn. */
export interface Row {
  /** On the command line and in the result. */
  name: string;
  title: string;
  /** Of the samples' values, e.g. `records/s`. */
  unit: string;
  /** What a measured item is in the CPU figures; default `record`. */
  item?: string;
  /** Ours first. Each call is one whole run with its own warm-up; they never overlap. */
  sides: Record<string, (context: BenchContext) => Promise<Sample>>;
  ratios: readonly Ratio[];
  /** What brackets the rounds; default both. */
  anchors?: readonly AnchorName[];
  /** Why the row can't run on this machine, in a line that names the cure; default: it can. */
  missing?(context: BenchContext): Promise<string | undefined>;
  /** Once before the first round. */
  setUp?(context: BenchContext): Promise<void>;
  /** Once at the end, also after a failure or an interruption. */
  tearDown?(): Promise<void>;
}
