import { describe, expect, it } from 'vitest';
import { aResult, logResult, someSeries } from '../../test/results.ts';
import { renderReport } from './report.ts';

describe('the report', () => {
  it('is one small file that loads nothing', async () => {
    const page = await renderReport(aResult(), someSeries());
    expect(Buffer.byteLength(page)).toBeLessThan(1_000_000);
    expect(page).toContain(`default-src 'none'`);
    expect(page).not.toMatch(/\b(src|href)=["']/);
    expect(page).not.toMatch(/@import|url\(/);
  });

  it('shows a violation, the verdict and what was replayed', async () => {
    const result = aResult();
    result.flows.log = logResult();
    result.flows.async!.ledger.lost = 3;
    const skipped = { 'credit-note': 2, 'invalid-row': 0 };
    result.replay = {
      file: 'a<b>.csv',
      rows: 12,
      orders: 3,
      replayedRows: 10,
      skipped,
      dates: { order: 'dmy', why: 'line 3 has "13/5/2011", which fits only that' },
      invalidRows: [],
      confirmedHash: null,
      finalStockHash: 'f00d',
      flows: {},
    };
    const page = await renderReport(result, someSeries());
    expect(page).toContain('3 ✗');
    expect(page).toContain('The price of async');
    expect(page).toContain('The same orders, synchronously, asynchronously, and log-first');
    expect(page).toContain('not a crash of the machine');
    expect(page).toContain('left out: credit-note');
    expect(page).not.toContain('left out: invalid-row');
    expect(page).toContain('dmy: line 3 has');
    expect(page).toContain('the flows differ');
    expect(page).not.toContain('a<b>');
  });

  it('can be drawn for one flow and for none', async () => {
    const result = aResult();
    delete result.flows.sync;
    expect(await renderReport(result, {})).toContain('Only the async flow ran');
    delete result.flows.async;
    expect(await renderReport(result, {})).toContain('No flow ran');
  });
});
