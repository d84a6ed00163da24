import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually, scratchFolder } from '../test/scratch.ts';
import { takeLock } from './stack-lock.ts';

const holderProgram = fileURLToPath(new URL('../test/lock-holder.ts', import.meta.url));

describe('stack lock', () => {
  it('is held by one, and free again after a release', async () => {
    const path = join(scratchFolder(), 'lock.json');
    const release = await takeLock(path);
    expect(await firstLine(hold(path))).toMatch(new RegExp(`runs already \\(pid ${process.pid}\\)`));
    release();
    expect(existsSync(path)).toBe(false);
    expect(await firstLine(hold(path))).toBe('taken');
  });

  it('goes to one of many that want it', async () => {
    const path = join(scratchFolder(), 'lock.json');
    const lines = await Promise.all([hold(path), hold(path), hold(path)].map(firstLine));
    expect(lines.filter((line) => line === 'taken')).toHaveLength(1);
  });

  it('is free after its holder was killed', async () => {
    const path = join(scratchFolder(), 'lock.json');
    const holder = hold(path);
    await firstLine(holder);
    holder.kill('SIGKILL');
    await eventually(() => !existsSync(path), 10_000);
  });

  it('is taken over when neither its holder nor the guard is left, even if their pids are in use', async () => {
    const path = join(scratchFolder(), 'lock.json');
    const gone = { pid: process.pid, birth: 'before the last reboot' };
    writeFileSync(path, JSON.stringify({ ...gone, guard: gone }));
    const release = await takeLock(path);
    release();
  });
});

function hold(path: string): ChildProcess {
  const holder = spawn(process.execPath, [holderProgram, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void holder.kill('SIGKILL'));
  return holder;
}

async function firstLine(holder: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: holder.stdout! })) {
    return line;
  }
  throw new Error('The holder said nothing.');
}
