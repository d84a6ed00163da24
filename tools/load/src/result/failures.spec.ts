import { describe, expect, it } from 'vitest';
import { aResult } from '../../test/results.ts';
import { failuresOf } from './failures.ts';
import { replaySummary } from './replay-summary.ts';
import type { ReplayResult } from './result.ts';

const good = { confirmed: 3, confirmedHash: 'orders', finalStockHash: 'stock' };

function aReplay(overrides: Partial<ReplayResult> = {}): ReplayResult {
  return {
    file: 'day.csv',
    rows: 12,
    orders: 3,
    replayedRows: 10,
    skipped: { 'credit-note': 2, 'invalid-row': 0 },
    dates: { order: 'any', why: 'none of them can be read in two ways' },
    invalidRows: [],
    confirmedHash: 'orders',
    finalStockHash: 'stock',
    expected: good,
    flows: { sync: good, async: good },
    ...overrides,
  };
}

function failuresWith(overrides: Partial<ReplayResult>): string[] {
  return failuresOf({ ...aResult(), replay: aReplay(overrides) });
}

describe('failuresOf', () => {
  it('is empty for a run that reconciles, whatever sync failed', () => {
    expect(failuresOf(aResult())).toEqual([]);
    expect(failuresWith({})).toEqual([]);
  });

  it('names flow, count and what is wrong', () => {
    const result = aResult();
    result.flows.async!.ledger.lost = 1200;
    result.flows.sync!.ledger.undersold = 2;
    expect(failuresOf(result)).toEqual(['sync: 2 units undersold', 'async: 1,200 orders lost']);
  });

  it('fails a replay that did not end in the state that the file asks for', () => {
    expect(failuresWith({ flows: { sync: { ...good, confirmed: 2, confirmedHash: 'x' }, async: good } })).toEqual([
      'sync: 2 of 3 replayed orders are confirmed',
    ]);
    expect(failuresWith({ flows: { sync: good, async: { ...good, confirmedHash: 'x' } } })).toEqual([
      "async: confirmed orders differ from the file's",
    ]);
    const wrongStock = { ...good, finalStockHash: 'x' };
    expect(failuresWith({ flows: { sync: wrongStock, async: wrongStock } })).toHaveLength(2);
  });

  it('expects nothing of a replay with scarce stock', () => {
    const { expected: _, ...replay } = aReplay({ flows: { sync: { ...good, confirmed: 1 }, async: good } });
    expect(failuresOf({ ...aResult(), replay })).toEqual([]);
  });
});

describe('replaySummary', () => {
  it('accounts for every row and says whether the flows ended alike', () => {
    expect(replaySummary({ ...aResult(), replay: aReplay() })).toEqual([
      '10 of 12 rows were replayed as 3 orders; left out: 2 credit-note.',
      'Both flows ended in the same state: confirmed orders orders, final stock stock.',
    ]);
    const different = replaySummary({ ...aResult(), replay: aReplay({ finalStockHash: null }) });
    expect(different[1]).toBe('The flows ended in different states.');
    expect(replaySummary(aResult())).toEqual([]);
  });
});
