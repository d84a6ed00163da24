import { maxDrift } from './drift.ts';
import type { Ratio, Row, Sample } from './row.ts';
import type { Measured, Round } from './runner.ts';
import { mean, spreadOf, type Spread } from './statistics.ts';

export interface SideSummary {
  value: Spread;
  /** Medians by process, in microseconds per item. */
  cpuMicrosPerItem: Record<string, number>;
  extra: Record<string, Spread>;
}

export interface RatioSummary extends Pick<Ratio, 'title' | 'floor' | 'goal' | 'lowerIsBetter'> {
  /** Over the rounds; within a round the means of both runs are compared. */
  ratio: Spread;
}

export interface RowSummary {
  title: string;
  unit: string;
  item: string;
  sides: Record<string, SideSummary>;
  ratios: RatioSummary[];
  /** Rounds that were kept. */
  rounds: number;
  /** Of these: the ones whose brackets had drifted too far, also after every repetition. */
  noisyRounds: number;
  discardedRounds: number;
  /** Of the kept rounds' brackets, by anchor. */
  anchors: Record<string, Spread>;
}

export function summaryOf(row: Row, { rounds, discarded }: Measured): RowSummary {
  const sideNames = Object.keys(row.sides);
  return {
    title: row.title,
    unit: row.unit,
    item: row.item ?? 'record',
    sides: Object.fromEntries(sideNames.map((name) => [name, sideSummary(rounds.flatMap((one) => runsOf(one, name)))])),
    ratios: row.ratios.map((ratio) => ratioSummary(ratio, rounds)),
    rounds: rounds.length,
    noisyRounds: rounds.filter(({ drift }) => drift > maxDrift).length,
    discardedRounds: discarded,
    anchors: spreads(rounds.flatMap(({ before, after }) => [before, after])),
  };
}

function sideSummary(samples: Sample[]): SideSummary {
  const cpu = spreads(samples.map(({ cpuMicrosPerItem = {} }) => cpuMicrosPerItem));
  return {
    value: spreadOf(samples.map(({ value }) => value)),
    cpuMicrosPerItem: Object.fromEntries(Object.entries(cpu).map(([name, spread]) => [name, spread.median])),
    extra: spreads(samples.map(({ extra = {} }) => extra)),
  };
}

function ratioSummary({ of, to, figure = 'value', toFigure = figure, ...ratio }: Ratio, rounds: Round[]): RatioSummary {
  const ratios = rounds.map((round) => {
    const top = meanOf(runsOf(round, of), figure);
    return to === undefined ? top : top / meanOf(runsOf(round, to), toFigure);
  });
  const { title, floor, goal, lowerIsBetter } = ratio;
  return { title, ratio: spreadOf(ratios), floor, goal, lowerIsBetter };
}

function meanOf(samples: Sample[], figure: string): number {
  return mean(samples.map((sample) => figureOf(sample, figure)));
}

/** Throws a `RangeError` when the sample has no such figure. */
export function figureOf({ value, cpuMicrosPerItem = {}, extra = {} }: Sample, figure: string): number {
  if (figure === 'value') return value;
  if (figure === 'cpuMicros') return Object.values(cpuMicrosPerItem).reduce((sum, micros) => sum + micros, 0);
  const found = extra[figure];
  if (found === undefined) throw new RangeError(`the run has no figure ${figure}`);
  return found;
}

function runsOf({ samples }: Round, side: string): Sample[] {
  const runs = samples[side];
  if (!runs) throw new RangeError(`there is no side ${side}`);
  return runs;
}

function spreads(records: readonly Record<string, number>[]): Record<string, Spread> {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const valuesOf = (name: string): number[] => records.flatMap((record) => record[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, spreadOf(valuesOf(name))]));
}
