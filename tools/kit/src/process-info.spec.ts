import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { birthOf, processTree, send } from './process-info.ts';

it('a process that has ended is no part of the tree, though its parent has not heard of it yet', async () => {
  // The shell becomes a program that waits for none of the shell's children.
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = parent.pid!;
  onTestFinished(() => void send(pid, 'SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const child = Number(String(line));
  await expect.poll(() => birthOf(child)).toBeUndefined();
  expect(await processTree(pid)).toEqual([pid]);
});
