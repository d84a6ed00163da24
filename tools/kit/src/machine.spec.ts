import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeRevision } from './machine.ts';

const run = promisify(execFile);

async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-revision-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('describeRevision', () => {
  it('tells the commit, and whether anything differs from it but what is excepted', async () => {
    const folder = await scratchFolder();
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: folder });
    await git('init');
    await git('commit', '--allow-empty', '--message', 'nothing yet');
    expect(await describeRevision(folder)).toMatchObject({
      sha: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      dirty: false,
    });
    await writeFile(join(folder, 'result.json'), '{}');
    expect(await describeRevision(folder)).toMatchObject({ dirty: true });
    expect(await describeRevision(folder, ['result.json'])).toMatchObject({ dirty: false });
    await writeFile(join(folder, 'source.ts'), '');
    expect(await describeRevision(folder, ['result.json'])).toMatchObject({ dirty: true });
  });

  it('knows none outside a work tree', async () => {
    expect(await describeRevision(await scratchFolder())).toBeNull();
  });
});
