import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { birthOf, processTree, send } from '@sluice/kit/process-info';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, scratchFolder } from '../../test/scratch.ts';
import { guardProcess } from './guard.ts';
import { removeAll } from './remove-all.ts';

const parentProgram = fileURLToPath(new URL('../../test/guarded-parent.ts', import.meta.url));

describe('guard', () => {
  it('ends the children and removes the folder of a process that was killed with SIGKILL', async () => {
    const folder = join(scratchFolder(), 'data');
    const logFile = join(scratchFolder(), 'children.log');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), 'throwaway');
    const parent = spawn(process.execPath, [parentProgram, folder, logFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { children } = await announcedBy(parent);
    await eventually(() => readFileSync(logFile, 'utf8') === 'up\n');
    expect(children.every((pid) => birthOf(pid) !== undefined)).toBe(true);

    parent.kill('SIGKILL');

    await eventually(() => children.every((pid) => birthOf(pid) === undefined), 10_000);
    await eventually(() => !existsSync(folder));
    expect(readFileSync(logFile, 'utf8')).toContain('heard SIGQUIT');
  });

  it('is replaced when it dies, and the new one knows everything', async () => {
    const folder = join(scratchFolder(), 'data');
    const logFile = join(scratchFolder(), 'children.log');
    mkdirSync(folder);
    const parent = spawn(process.execPath, [parentProgram, folder, logFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    const { children, guardian } = await announcedBy(parent);
    process.kill(guardian, 'SIGKILL');
    await eventually(() => birthOf(guardian) === undefined);
    await eventually(async () => (await processTree(parent.pid!)).length === 4, 10_000);

    parent.kill('SIGKILL');

    await eventually(() => children.every((pid) => birthOf(pid) === undefined), 10_000);
    await eventually(() => !existsSync(folder));
  });

  it('leaves a process alone that only has the pid of a guarded one', async () => {
    const stranger = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { detached: true });
    const pid = stranger.pid ?? 0;
    onTestFinished(() => void send(pid, 'SIGKILL'));
    await removeAll([{ kind: 'process', pid, birth: 'long ago' }]);
    expect(birthOf(pid)).toBeDefined();
  });

  it('has nothing to do for a process that ended before it could be named', () => {
    expect(guardProcess(2 ** 30)).not.toThrow();
  });
});

async function announcedBy(parent: ChildProcess): Promise<{ children: number[]; guardian: number }> {
  for await (const line of createInterface({ input: parent.stdout! })) {
    return JSON.parse(line) as { children: number[]; guardian: number };
  }
  throw new Error('The parent ended.');
}
