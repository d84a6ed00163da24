import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { file, row } from './order-file.ts';

const rows = 10_000;
const module = resolve(import.meta.dirname, '../src/replay/read-file.ts');
const script = `
  const { readOrderHistory } = await import(process.argv[1]);
  console.log((await readOrderHistory(process.argv[2])).replayedRows);`;

it('keeps a text that comes again in many rows once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-load-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, 'orders.csv');
  const Description = 'a long description '.repeat(80);
  const all = Array.from({ length: rows }, (_, i) => row({ InvoiceNo: String(Math.floor(i / 10)), Description }));
  await writeFile(path, file(...all));
  // All descriptions together are 15 MB.
  const flags = ['--max-old-space-size=20', '--conditions=@sluice/source', '--input-type=module'];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', script, module, path]);
  expect(stdout).toBe(`${rows}\n`);
});
