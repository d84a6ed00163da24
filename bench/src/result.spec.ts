import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { aRowResult } from '../test/row-result.ts';
import { isDone, readResult, withRow, writeResult } from './result.ts';

const here = { sha: 'abcdef0123456789', dirty: false };

async function scratchFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return join(folder, 'results', 'bench.json');
}

describe('the result', () => {
  it('is written and read again, row by row, in the order of the report', async () => {
    const file = await scratchFile();
    const order = ['first', 'second'];
    await writeResult(file, withRow(await readResult(file), 'second', aRowResult(), order));
    await writeResult(file, withRow(await readResult(file), 'retired', aRowResult(), order));
    await writeResult(file, withRow(await readResult(file), 'first', aRowResult({ title: 'new' }), order));
    const { rows } = await readResult(file);
    expect(Object.keys(rows)).toEqual(['first', 'second', 'retired']);
    expect(rows['first']?.title).toBe('new');
    expect(rows['second']).toEqual(aRowResult());
  });

  it('is not taken from a file that is something else', async () => {
    const file = await scratchFile();
    await writeResult(file, { formatVersion: 1, rows: {} });
    await writeFile(file, '{"formatVersion":2}');
    await expect(readResult(file)).rejects.toThrow('is not a result of this bench');
  });
});

describe('isDone', () => {
  it.each([
    ['measured at this commit', aRowResult(), here, false, true],
    ['never measured', undefined, here, false, false],
    ['measured at another commit', aRowResult({ revision: { sha: 'other', dirty: false } }), here, false, false],
    ['measured with changed files', aRowResult({ revision: { ...here, dirty: true } }), here, false, false],
    ['now changed files', aRowResult(), { ...here, dirty: true }, false, false],
    ['without a commit', aRowResult({ revision: null }), null, false, false],
    ['measured roughly, wanted thoroughly', aRowResult({ quick: true }), here, false, false],
    ['measured roughly, wanted roughly', aRowResult({ quick: true }), here, true, true],
    ['measured thoroughly, wanted roughly', aRowResult(), here, true, true],
  ])('%s', (_case, row, revision, quick, done) => {
    expect(isDone(row, revision, quick)).toBe(done);
  });
});
