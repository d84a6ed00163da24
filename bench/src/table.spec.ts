import { describe, expect, it } from 'vitest';
import { aRowResult } from '../test/row-result.ts';
import type { RowResult } from './result.ts';
import { benchTables, figure, verdictOf } from './table.ts';

const tables = (row: RowResult): string => benchTables(JSON.stringify({ formatVersion: 1, rows: { row } }));
const at = (median: number) => ({ title: 't', ratio: { median, min: 0, max: 9 } });

describe('benchTables', () => {
  it('shows each ratio by its floor and goal, and where the figures come from', () => {
    const text = tables(aRowResult());
    expect(text).toContain('| a row: ours ÷ theirs | ≥ 2 | ≥ 4 | 3 (2 – 4) | floor |');
    expect(text).toContain('| a row | ours | 3 (2 – 4) records/s | side 12.3 |');
    expect(text).toContain('2026-01-02, commit abcdef0, 3 rounds of 10 s a run, 1 discarded; 2 × A processor');
    expect(text).toContain('brackets: pgbench 1,500 (1,400 – 1,600)');
  });

  it('shows when a figure is rough, noisy, without brackets or of changed files', () => {
    const text = tables(
      aRowResult({
        quick: true,
        noisyRounds: 2,
        anchors: {},
        withoutAnchors: ['no pgbench: not installed'],
        revision: { sha: 'abcdef0123456789', dirty: true },
      }),
    );
    expect(text).toContain('| floor, 2 of 3 rounds noisy, quick run |');
    expect(text).toContain('brackets: no pgbench: not installed');
    expect(text).toContain('commit abcdef0 with changes');
  });

  it('shows when there is nothing to show', () => {
    expect(benchTables('{"formatVersion":1,"rows":{}}')).toBe('Nothing has been measured yet.');
  });

  it('throws for a file that is no result', () => {
    expect(() => benchTables('{}')).toThrow();
  });
});

describe('verdictOf', () => {
  it.each([
    [{ ...at(4), floor: 2, goal: 4 }, 'goal'],
    [{ ...at(2), floor: 2, goal: 4 }, 'floor'],
    [{ ...at(1.9), floor: 2, goal: 4 }, 'below the floor'],
    [{ ...at(8), floor: 20, goal: 8, lowerIsBetter: true }, 'goal'],
    [{ ...at(21), floor: 20, goal: 8, lowerIsBetter: true }, 'below the floor'],
    [at(1), 'shown'],
  ])('of %j is %s', (ratio, verdict) => {
    expect(verdictOf(ratio)).toBe(verdict);
  });
});

it.each([
  [0.12345, '0.123'],
  [98.76, '98.8'],
  [1234.5, '1,235'],
])('%d is written as %s', (value, text) => {
  expect(figure(value)).toBe(text);
});
