import type { Infrastructure } from '@sluice/stack/tools';

/** What one run of one side gave. */
export interface Sample {
  /** In the row's unit. */
  value: number;
  /** CPU time, user and system, per item (an order, a record) in microseconds, by process. */
  cpuMicrosPerItem?: Record<string, number>;
  /** Further figures, by a name that has their unit (`ackP99Ms`); ratios may be made of them too. */
  extra?: Record<string, number>;
}

/** What every run of a row gets. */
export interface BenchContext {
  /** Length of the measured part of a run, in seconds. */
  seconds: number;
  /** Whether this is a run of minutes, of which only the rough figures count. */
  quick: boolean;
  /** Aborted when the bench is to end; a row then ends everything it has started. */
  signal: AbortSignal;
  /** Kafka and PostgreSQL, used by this bench alone. */
  infrastructure: Infrastructure;
  /** Where the sides' processes leave CPU profiles; default: none are made, because they cost time. */
  cpuProf?: string;
  /** One line for the terminal. */
  report: (line: string) => void;
}

/** One figure of a round, or two of them divided, with the floor and the goal that the project has set. */
export interface Ratio {
  title: string;
  /** The side on top. */
  of: string;
  /** The side below; default: none, the figure stands for itself. May be the same one with another figure. */
  to?: string;
  /** Of the side on top: `value` or the name of an extra; default `value`. */
  figure?: string;
  /** Of the side below; default: the same figure. */
  toFigure?: string;
  /** Beyond which the row fails; default: shown only. */
  floor?: number;
  goal?: number;
  /** Default false. */
  lowerIsBetter?: boolean;
}

type Figures = Omit<Ratio, 'title' | 'floor' | 'goal' | 'lowerIsBetter'>;

export function atLeast(floor: number, goal: number, title: string, figures: Figures): Ratio {
  return { title, ...figures, floor, goal };
}

export function atMost(floor: number, goal: number, title: string, figures: Figures): Ratio {
  return { title, ...figures, floor, goal, lowerIsBetter: true };
}

/** Loads that show how fast the machine is at the moment, by name. */
export type AnchorName = 'pgbench' | 'kafka';

/** By name, ours first. Each call is one whole run with its own warm-up; they never overlap. */
export type Sides = Record<string, () => Promise<Sample>>;

/** One comparison: ours and its peers, measured in turn. */
export interface Row {
  /** On the command line and in the result. */
  name: string;
  title: string;
  /** Of the samples' values, e.g. `records/s`. */
  unit: string;
  ratios: readonly Ratio[];
  /** What brackets the rounds; default both. */
  anchors?: readonly AnchorName[];
  /**
   * Starts what all runs share, once before the first round. What is put on `cleanup` is disposed of after the last
   * one, also after a failure. Rejects with `ToolMissing` when the row can't run on this machine.
   */
  open(context: BenchContext, cleanup: AsyncDisposableStack): Promise<Sides>;
}
