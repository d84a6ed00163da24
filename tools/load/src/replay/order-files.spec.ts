import { describe, expect, it } from 'vitest';
import { file, header, read, row } from '../../test/order-file.ts';
import type { OrderHistory } from './read-file.ts';

describe('a file of another program', () => {
  const sale = { quantity: 6, unitPriceCents: 255 };

  it.each(['\n', '\r\n', '\r'])('ends its rows with %j', async (end) => {
    expect(await read([header, row(), row(), ''].join(end))).toMatchObject({ rows: 2, replayedRows: 2 });
  });

  it('may mix the ends of its rows, and names lines as an editor counts them', async () => {
    const rows = [
      row(),
      row({ Description: '"two\r\nlines"' }),
      row({ Description: '"a\rb"' }),
      row({ Quantity: 'x' }),
    ];
    for (const text of [
      `${header}\r\n${rows[0]}\n${rows[1]}\r${rows[2]}\r\n${rows[3]}`,
      `${header}\n${rows[0]}\r${rows[1]}\r\n${rows[2]}\n${rows[3]}\r`,
    ]) {
      const history = await read(text, 5);
      expect(history).toMatchObject({ rows: 4, replayedRows: 3 });
      expect(history.invalidRows).toEqual([expect.stringContaining('line 7: Quantity "x"')]);
    }
  });

  it('has rows without content, which are counted, and lines without any, which are none', async () => {
    const history = await read(file(row(), ',,,,,,,', '', ' , ,,,,,, ', '"","",,,,,,', row(), '', ''));
    expect(history).toMatchObject({ rows: 5, replayedRows: 2 });
    expect(history.skipped['empty-row']).toBe(3);
  });

  it.each([';', '\t'])('separates its values by %j and has decimal commas', async (separator) => {
    const values = ['1', '85123A', '"A; B\tC"', '"1.000"', '5.12.2011 08:38', '1.234,50', '', 'Österreich'];
    const text = [header.replaceAll(',', separator), values.join(separator)].join('\r\n');
    const history = await read(text);
    expect(history.invoices[0]?.lines).toEqual([{ sku: '85123A', quantity: 1000, unitPriceCents: 123_450 }]);
    expect(history.invoices[0]?.atMs).toBe(Date.UTC(2011, 11, 5, 8, 38));
  });

  it('begins with the separator, as Excel writes it, and lines count from there', async () => {
    const text = ['sep=;', header, row({ Quantity: 'x' }), row()].join('\n').replaceAll(',', ';');
    const history = await read(text.replaceAll('"HEART; ', '"HEART, '));
    expect(history).toMatchObject({ rows: 2, replayedRows: 1 });
    expect(history.invalidRows[0]).toContain('line 3: Quantity "x"');
  });

  it('quotes decimal commas where commas separate, and ends each line with a separator', async () => {
    const text = `${header}\n${row({ UnitPrice: '"2,55"' })},\n${row({ UnitPrice: '£2.55' })},,\n`;
    const lines = (await read(text)).invoices[0]?.lines;
    expect(lines).toEqual([
      { sku: '85123A', ...sale },
      { sku: '85123A', ...sale },
    ]);
  });

  it.each([
    ['UTF-8', Buffer.from(file(row()))],
    ['UTF-8 with a byte order mark', Buffer.from(`\uFEFF${file(row())}`)],
    ['UTF-16 LE', Buffer.from(`\uFEFF${file(row())}`, 'utf16le')],
    ['UTF-16 BE', Buffer.from(`\uFEFF${file(row())}`, 'utf16le').swap16()],
    ['UTF-16 LE without a byte order mark', Buffer.from(file(row()), 'utf16le')],
    ['UTF-16 BE without a byte order mark', Buffer.from(file(row()), 'utf16le').swap16()],
  ])('is %s', async (_, bytes) => {
    expect((await read(bytes, 7)).invoices[0]?.lines).toEqual([{ sku: '85123A', ...sale }]);
  });

  it('names its columns in any case, order and spelling of blanks', async () => {
    const names = ['"COUNTRY"', 'customer id', 'Unit_Price', 'invoicedate', 'QUANTITY', 'description', 'Stock Code'];
    const text = `${[...names, 'Invoice No', 'Extra'].join(',')}\nFrance,1,2.55,2011-12-05,6,x,22086,7,y\n`;
    expect((await read(text)).invoices).toMatchObject([{ invoice: '7', lines: [{ sku: '22086', ...sale }] }]);
  });

  it('has quotes inside of text that is not quoted', async () => {
    expect(await read(file(row({ Description: '12" RULER' })))).toMatchObject({ replayedRows: 1, rows: 1 });
  });
});

describe('the dates of a file', () => {
  const dated = (...dates: string[]): string =>
    file(...dates.map((InvoiceDate, i) => row({ InvoiceDate, InvoiceNo: `${i}` })));
  const days = (history: OrderHistory): string[] =>
    history.invoices.map(({ atMs }) => new Date(atMs).toISOString().slice(0, 10));

  it('are read by the order that one of them asks for, wherever it stands', async () => {
    const history = await read(dated('5/12/2011 8:38', '6/12/2011 8:38', '13/12/2011 8:38'));
    expect(days(history)).toEqual(['2011-12-05', '2011-12-06', '2011-12-13']);
    expect(history.dates).toMatchObject({ order: 'dmy', why: 'line 4 has "13/12/2011 8:38", which fits only that' });
  });

  it('leave out, by line and value, what contradicts most of them', async () => {
    const history = await read(dated('13/12/2011', '14/12/2011', '12/13/2011', '1/12/2011'));
    expect(days(history)).toEqual(['2011-12-01', '2011-12-13', '2011-12-14']);
    expect(history.skipped['invalid-row']).toBe(1);
    expect(history.invalidRows[0]).toMatch(/^line 4: InvoiceDate "12\/13\/2011" .* expected a date with the day first/);
  });

  it.each(['dmy', 'mdy'] as const)('are read as asked, %s, whatever they say', async (dates) => {
    const history = await read(dated('13/12/2011', '12/13/2011', '1/2/2011'), 64, { dates });
    expect(history.dates.order).toBe(dates);
    expect(days(history)).toEqual(dates === 'dmy' ? ['2011-02-01', '2011-12-13'] : ['2011-01-02', '2011-12-13']);
  });
});
