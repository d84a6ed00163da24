import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '@sluice/load';
import { describe, expect, inject, it } from 'vitest';
import { collect, ended, runTool } from './support/stack.ts';

const folder = inject('stackFolder');
const scratch = mkdtempSync(join(tmpdir(), 'sluice-load-'));

async function load(...args: string[]): Promise<{ code: number | null; output: string }> {
  const child = runTool('tools/load/src/main.ts', args, folder);
  const output = collect(child);
  return { code: await ended(child), output: output() };
}

function readResult(file: string) {
  const { seed, replay, flows } = JSON.parse(readFileSync(file, 'utf8')) as Result;
  if (!flows.sync || !flows.async) throw new Error('a flow is missing');
  return { seed, replay, sync: flows.sync, async: flows.async };
}

describe('npm run load -- burst', () => {
  it('accepts the whole burst asynchronously, and measures both flows by the same schedule', async () => {
    const file = join(scratch, 'burst.json');
    const shape = ['--factor', '5', '--seconds', '2', '--seed', '7', '--warmup', '500'];
    const { code, output } = await load('burst', ...shape, '--json', file);
    expect(code, output).toBe(0);
    // Piped output is for machines and logs: no escape sequences.
    expect(output).not.toContain('\u001b');
    const { seed, sync, async } = readResult(file);
    expect(seed).toBe(7);
    expect(async.offered).toBe(sync.offered);
    expect(async).toMatchObject({ accepted: async.offered, completed: async.offered, errors: {} });
    expect(async.downstream).toMatchObject({ capacity: 200 });
    // By what the provider refuses, notification finds how much it takes: most of it in the first seconds.
    expect(async.downstream?.refusals).toBeLessThan(0.1 * async.offered);
    expect(sync.accepted).toBeLessThan(sync.offered);
    expect(async.ledger).toMatchObject({ lost: 0, duplicated: 0, mailsRepeated: 0, contradictoryMails: 0 });
  });

  it('says what is wrong with its arguments', async () => {
    const { code, output } = await load('burst', '--factor', 'ten');
    expect(code).not.toBe(0);
    expect(output).toMatch(/factor/);
  });
});

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const rows = [
  '1001,85123A,HEART,6,2011-12-05 08:00:00,2.55,17850.0,United Kingdom',
  '1001,71053,LANTERN,2,2011-12-05 08:00:00,3.39,17850.0,United Kingdom',
  '1002,85123A,HEART,1,2011-12-05 08:01:00,2.55,,United Kingdom',
  'C1003,85123A,HEART,-1,2011-12-05 08:02:00,2.55,17850.0,United Kingdom',
  '1004,POST,POSTAGE,1,2011-12-05 08:02:00,18.0,12583.0,France',
  '1005,71053,LANTERN,-3,2011-12-05 08:03:00,3.39,,United Kingdom',
];

describe('npm run load -- replay', () => {
  it('ends in the same state on both flows and accounts for every row', async () => {
    const file = join(scratch, 'replay.json');
    writeFileSync(join(scratch, 'day.csv'), [header, ...rows].join('\n'));
    const { code, output } = await load(
      'replay',
      join(scratch, 'day.csv'),
      '--speed',
      '60',
      '--warmup',
      '100',
      '--json',
      file,
    );
    expect(code, output).toBe(0);
    const { replay, sync, async } = readResult(file);
    expect(replay).toMatchObject({ rows: 6, orders: 2, replayedRows: 3 });
    expect(replay?.skipped).toMatchObject({ 'credit-note': 1, 'non-product': 1, 'non-positive-quantity': 1 });
    expect(replay?.confirmedHash).toMatch(/^[0-9a-f]{64}$/);
    expect(replay?.finalStockHash).toMatch(/^[0-9a-f]{64}$/);
    expect(async.completed).toBe(2);
    expect(sync.completed).toBe(2);
  });

  it('replays what a spreadsheet program has saved, and says how it was read', async () => {
    const [input, file] = [join(scratch, 'saved.csv'), join(scratch, 'saved.json')];
    const saved = [
      header.toUpperCase().replaceAll(',', ';'),
      '1001;85123A;HEART;6;12.12.2011 08:00;2,55 €;17850;France\r1002;71053;"LAN;\r\nTERN";1.000;1/12/2011 8:00;,85;;',
      ';;;;;;;',
      '1003;71053;LANTERN;1;12/13/2011 8:00;,85;;',
    ];
    writeFileSync(input, `\uFEFF${saved.join('\r\n')}\n`, 'utf16le');
    const run = ['replay', input, '--flow', 'async', '--warmup', '0', '--speed', '1000000', '--json', file];
    const { code, output } = await load(...run);
    expect(code, output).toBe(0);
    expect(output).toContain('Dates: day first (dmy), because line 2 has "12.12.2011 08:00", which fits only that');
    expect(output).toMatch(/line 6: InvoiceDate "12\/13\/2011 8:00" can't be used; expected a date with the day first/);
    const { replay } = JSON.parse(readFileSync(file, 'utf8')) as Result;
    expect(replay).toMatchObject({ rows: 4, orders: 2, replayedRows: 2, dates: { order: 'dmy' } });
    expect(replay?.skipped).toMatchObject({ 'empty-row': 1, 'invalid-row': 1 });
  });

  it.each([
    ['missing columns', 'InvoiceNo,Quantity\n1,2', /StockCode/],
    ['a bad date', `${header}\n1001,1A,HEART,1,the day after,2.55,1,UK`, /row 2|line 2/i],
    ['bad UTF-8', Buffer.from(`${header}\n1001,1A,\u00ff,1,2011-12-05 08:00:00,2.55,1,UK`, 'latin1'), /UTF-8/i],
    ['an empty file', '', /empty/i],
    ['no sale', `${header}\n1001,POST,HEART,1,2011-12-05,2.55,1,UK`, /none of them is a sale: 1 non-product/],
  ])('refuses %s and sends nothing', async (_what, content, names) => {
    writeFileSync(join(scratch, 'bad.csv'), content);
    const { code, output } = await load('replay', join(scratch, 'bad.csv'));
    expect(code).toBe(2);
    expect(output).toMatch(names);
  });
});
