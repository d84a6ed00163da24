import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readOrderHistory } from '../src/replay/read-file.ts';

// Real days of a shop, licensed separately and so not part of the repository; skipped where they are not at hand.
const folder = resolve(import.meta.dirname, '../../../../shared/data/online-retail');

describe.skipIf(!existsSync(folder))('the sample days of "Online Retail"', () => {
  it.each([
    ['2011-10-06.csv', 3189],
    ['2011-11-14.csv', 3597],
    ['2011-11-20.csv', 3334],
    ['2011-11-29.csv', 4313],
    ['2011-12-05.csv', 5331],
  ])('%s is read whole: rows = replayed + skipped', async (name, rows) => {
    const history = await readOrderHistory(join(folder, name));
    const skipped = Object.values(history.skipped).reduce((sum, count) => sum + count, 0);
    const lines = history.invoices.reduce((sum, invoice) => sum + invoice.lines.length, 0);
    expect(history.rows).toBe(rows);
    expect(history.replayedRows + skipped).toBe(rows);
    expect(lines).toBe(history.replayedRows);
  });
});
