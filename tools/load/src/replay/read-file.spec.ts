import { describe, expect, it } from 'vitest';
import { file, header, read, row } from '../../test/order-file.ts';

describe('an order history', () => {
  it('makes an order of an invoice: all its lines, in the order of time', async () => {
    const later = row({ InvoiceNo: '1', InvoiceDate: '2011-12-05 09:00:00' });
    const earlier = row({ InvoiceNo: '2', CustomerID: '' });
    const more = row({ InvoiceNo: '1', StockCode: '22086', Quantity: '1.0', UnitPrice: '0.999' });
    const history = await read(file(later, earlier, more));
    expect(history).toMatchObject({ rows: 3, replayedRows: 3 });
    expect(history.invoices).toEqual([
      {
        invoice: '2',
        customerId: 'guest',
        atMs: Date.UTC(2011, 11, 5, 8, 38),
        lines: [{ sku: '85123A', quantity: 6, unitPriceCents: 255 }],
      },
      {
        invoice: '1',
        customerId: '17850',
        atMs: Date.UTC(2011, 11, 5, 9),
        lines: [
          { sku: '85123A', quantity: 6, unitPriceCents: 255 },
          { sku: '22086', quantity: 1, unitPriceCents: 100 },
        ],
      },
    ]);
  });

  it.each([
    ['credit-note', { InvoiceNo: 'C580597', Quantity: '-6', UnitPrice: 'x' }],
    ['non-positive-quantity', { Quantity: '-390', UnitPrice: '0.0', StockCode: 'POST' }],
    ['non-positive-quantity', { Quantity: '0' }],
    ['non-positive-price', { UnitPrice: '0.0', StockCode: 'POST' }],
    ['non-positive-price', { UnitPrice: '-11062.06' }],
    ['non-product', { StockCode: 'AMAZONFEE', CustomerID: 'x'.repeat(65) }],
    ['non-product', { StockCode: 'C2' }],
    ['invalid-row', { Quantity: '1.5' }],
    ['invalid-row', { Quantity: 'six' }],
    ['invalid-row', { Quantity: '' }],
    ['invalid-row', { Quantity: '1e309' }],
    ['invalid-row', { Quantity: '1000001' }],
    ['invalid-row', { UnitPrice: '' }],
    ['invalid-row', { UnitPrice: '2,55' }],
    ['invalid-row', { InvoiceNo: '' }],
    ['invalid-row', { StockCode: '' }],
    ['invalid-row', { StockCode: '8'.repeat(55) }],
    ['invalid-row', { StockCode: '8\u0000' }],
  ])('leaves out a %s: %o', async (reason, overrides) => {
    const history = await read(file(row(), row(overrides)));
    expect(history.rows).toBe(2);
    expect(history.replayedRows).toBe(1);
    const counted = Object.entries(history.skipped).filter(([, rows]) => rows > 0);
    expect(counted).toEqual([[reason, 1]]);
  });

  it('leaves out a row with too few fields', async () => {
    const history = await read(file(row(), '1,85123A,WHITE HEART'));
    expect(history.skipped['invalid-row']).toBe(1);
  });

  it('leaves out an invoice of more than 1000 lines as a whole', async () => {
    const long = Array.from({ length: 1001 }, () => row({ InvoiceNo: '2' }));
    const fitting = Array.from({ length: 1000 }, () => row({ InvoiceNo: '3' }));
    const history = await read(file(...long, ...fitting), 65_536);
    expect(history.skipped['too-many-lines']).toBe(1001);
    expect(history.replayedRows).toBe(1000);
    expect(history.rows).toBe(2001);
  });

  it('takes a byte order mark, CRLF, columns in another order and the dates of the original spreadsheet', async () => {
    const text = [
      '\uFEFFCountry,CustomerID,UnitPrice,InvoiceDate,Quantity,Description,StockCode,InvoiceNo,Extra',
      'France,1,1.005,12/5/2011 8:38,2,Æ,22086,7,',
    ].join('\r\n');
    const history = await read(text, 3);
    expect(history.invoices).toEqual([
      {
        invoice: '7',
        customerId: '1',
        atMs: Date.UTC(2011, 11, 5, 8, 38),
        lines: [{ sku: '22086', quantity: 2, unitPriceCents: 101 }],
      },
    ]);
  });
});

describe('a file that can not be used', () => {
  it.each([
    ['', 'day.csv is empty'],
    [header, 'day.csv has a header but no rows'],
    [file(row({ StockCode: 'POST' })), 'day.csv has 1 rows, and none of them is a sale'],
    [header.replace('UnitPrice,', '') + '\n1', 'day.csv: line 1: column UnitPrice missing'],
    [
      header.replace('InvoiceNo', 'Invoice').replace('Country', 'Land'),
      'day.csv: line 1: columns InvoiceNo, Country missing',
    ],
    [
      file(row(), row({ InvoiceDate: '2011-02-30 08:00:00' })),
      'day.csv: line 3: InvoiceDate "2011-02-30 08:00:00" is not a date',
    ],
    [file(row({ InvoiceDate: '' })), 'day.csv: line 2: InvoiceDate "" is not a date'],
    [file(row({ InvoiceDate: '31/2/2011 8:38' })), 'day.csv: line 2: InvoiceDate "31/2/2011 8:38" is not a date'],
    [file(row({ InvoiceDate: 'soon' })), 'is not a date; expected a form such as 2011-12-05 08:38, '],
    [header.replace('UnitPrice', 'Preis') + '\n1', 'expected InvoiceNo, StockCode, Description, Quantity, '],
    [header.replace('Country', 'quantity') + '\n1', 'day.csv: line 1: column Country missing'],
    [`${header},quantity\n1`, 'day.csv: line 1: column Quantity twice'],
  ])('is named with its row or column (%#)', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('names the line that is not UTF-8, wherever the chunks are cut', async () => {
    const latin1 = Buffer.from(file(row(), row({ Country: 'Österreich' }), row()), 'latin1');
    for (const chunkBytes of [7, 64, 4096]) {
      await expect(read(latin1, chunkBytes)).rejects.toThrow('day.csv: line 3 is not valid UTF-8');
    }
    await expect(read(Buffer.from([0x41, 0xe2, 0x82]))).rejects.toThrow('day.csv: line 1 is not valid UTF-8');
  });

  it('names the line of a quote that never ends', async () => {
    await expect(read(file(row(), row({ Description: '"HEART' })))).rejects.toThrow(/^day\.csv: .*line/);
    const open = file(row({ Description: '"two\nlines"' }), row({ Description: '"HEART' }), row());
    await expect(read(open)).rejects.toThrow('day.csv: line 4: a quote is not closed');
  });

  it('lists why no row is a sale, with line, column, value and the form that is expected', async () => {
    const rows = [row({ StockCode: 'POST' }), row({ Quantity: '-1' }), row({ Quantity: 'six' }), ',,,,,,,'];
    await expect(read(file(...rows))).rejects.toThrow(
      'day.csv has 4 rows, and none of them is a sale: 1 empty-row, 1 non-positive-quantity, 1 non-product, ' +
        `1 invalid-row\nline 4: Quantity "six" can't be used; expected a whole number from 1 to 1000000`,
    );
  });

  it('is offered Windows-1252, when that is what it is', async () => {
    const bytes = Buffer.from(file(row({ Country: 'Österreich' })), 'latin1');
    await expect(read(bytes)).rejects.toThrow(/line 2 is not valid UTF-8: .*Österreich.*--encoding windows-1252/);
    expect(await read(bytes, 64, { encoding: 'windows-1252' })).toMatchObject({ rows: 1, replayedRows: 1 });
  });
});
