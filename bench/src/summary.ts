import { maxDrift } from './drift.ts';
import type { RatioSummary, RowResult, SideSummary } from './result.ts';
import type { Ratio, Row, Sample } from './row.ts';
import type { Measured, Round } from './runner.ts';
import { mean, spreadOf, type Spread } from './statistics.ts';

export type RowSummary = Pick<
  RowResult,
  'title' | 'unit' | 'sides' | 'ratios' | 'rounds' | 'noisyRounds' | 'discardedRounds' | 'anchors'
>;

export function summaryOf({ title, unit, ratios }: Row, { rounds, discarded }: Measured): RowSummary {
  const sides = Object.keys(rounds[0]?.samples ?? {});
  return {
    title,
    unit,
    sides: Object.fromEntries(sides.map((name) => [name, sideSummary(rounds.flatMap((one) => runsOf(one, name)))])),
    ratios: ratios.map((ratio) => ratioSummary(ratio, rounds)),
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
  return { ...ratio, ratio: spreadOf(ratios) };
}

function meanOf(samples: Sample[], figure: string): number {
  return mean(samples.map((sample) => figureOf(sample, figure)));
}

/** Throws a `RangeError` when the sample has no such figure. */
export function figureOf({ value, extra = {} }: Sample, figure: string): number {
  const found = figure === 'value' ? value : extra[figure];
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
