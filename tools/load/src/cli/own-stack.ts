import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runningStack, type StackFile } from '@sluice/kit/stack-file';
import { workspaceRoot } from '@sluice/kit/workspace';

const readyTimeoutMs = 600_000;
const stopTimeoutMs = 30_000;
const pollMs = 300;

/** Runs `work` against the running stack, or against one of its own that is always stopped afterwards. */
export async function withStack<T>(work: (stack: StackFile) => Promise<T>): Promise<T> {
  const running = await runningStack();
  if (running) return work(running);
  const own = startStack();
  // A signal ends this process only after its stack is gone.
  const onSignal = (signal: NodeJS.Signals): void =>
    void stop(own).finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await work(await ready(own));
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await stop(own);
  }
}

function startStack(): ChildProcess {
  const args = ['--conditions=@sluice/source', join(workspaceRoot, 'tools', 'stack', 'src', 'start.ts'), '--no-demo'];
  process.stdout.write('No stack is running: starting one for this run.\n');
  return spawn(process.execPath, args, { cwd: workspaceRoot, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function ready(child: ChildProcess): Promise<StackFile> {
  const deadline = performance.now() + readyTimeoutMs;
  while (performance.now() < deadline) {
    if (hasEnded(child)) throw new Error('The stack ended before it was ready; its output says why.');
    const stack = await runningStack();
    if (stack) return stack;
    await sleep(pollMs);
  }
  throw new Error(`The stack was not ready after ${readyTimeoutMs / 1000} s.`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
  await ended;
  clearTimeout(kill);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}
