import { describe, expect, it } from 'vitest';
import type { Ratio, Row, Sample } from './row.ts';
import type { Round } from './runner.ts';
import { figureOf, summaryOf } from './summary.ts';

function aRow(ratios: readonly Ratio[]): Row {
  return { name: 'row', title: 'a row', unit: 'x/s', ratios, open: () => Promise.reject(new Error('not run')) };
}

function aRound(ours: Sample[], theirs: Sample[], drift = 0): Round {
  return { samples: { ours, theirs }, before: { pgbench: 10 }, after: { pgbench: 12 }, drift };
}

const ratio = { title: 'ours ÷ theirs', of: 'ours', to: 'theirs' };
const samples = (...values: number[]): Sample[] => values.map((value) => ({ value }));

describe('summaryOf', () => {
  it('compares within a round and takes the median over the rounds', () => {
    // The machine became ten times slower after the first round, which says nothing about the ratio.
    const rounds = [
      aRound(samples(200, 400), samples(100, 100)),
      aRound(samples(20, 20), samples(10, 10)),
      aRound(samples(40, 40), samples(10, 10)),
    ];
    const { ratios, sides } = summaryOf(aRow([ratio]), { rounds, discarded: 1 });
    expect(ratios[0]?.ratio).toEqual({ median: 3, min: 2, max: 4 });
    expect(sides.ours?.value).toEqual({ median: 40, min: 20, max: 400 });
  });

  it('compares extras, and two figures of one side', () => {
    const ours: Sample = { value: 1, cpuMicrosPerItem: { side: 10, kafka: 20 }, extra: { p50Ms: 4, p99Ms: 12 } };
    const theirs: Sample = { value: 1, cpuMicrosPerItem: { side: 60 }, extra: { p50Ms: 2, p99Ms: 2 } };
    const ratios = [
      { ...ratio, figure: 'p50Ms' },
      { title: 'tail', of: 'ours', figure: 'p99Ms', to: 'ours', toFigure: 'p50Ms' },
      { title: 'alone', of: 'ours', figure: 'p99Ms' },
    ];
    const summary = summaryOf(aRow(ratios), { rounds: [aRound([ours], [theirs])], discarded: 0 });
    expect(summary.ratios.map((one) => one.ratio.median)).toEqual([2, 3, 12]);
    expect(summary.sides.ours?.cpuMicrosPerItem).toEqual({ side: 10, kafka: 20 });
    expect(() => figureOf(ours, 'p95Ms')).toThrow('no figure p95Ms');
  });

  it('counts the rounds that were kept although the machine had changed', () => {
    const rounds = [aRound(samples(1), samples(1), 0.3), aRound(samples(1), samples(1), 0.1)];
    const summary = summaryOf(aRow([]), { rounds, discarded: 3 });
    expect(summary).toMatchObject({ rounds: 2, noisyRounds: 1, discardedRounds: 3 });
    expect(summary.anchors).toEqual({ pgbench: { median: 11, min: 10, max: 12 } });
  });
});
