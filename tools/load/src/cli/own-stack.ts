import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { withTimeout } from '@sluice/core';
import { runningStack, type StackFile } from '@sluice/kit/stack-file';
import { until } from '@sluice/kit/wait';
import { workspaceRoot } from '@sluice/kit/workspace';

const readyTimeoutMs = 600_000;
// Longer than the stack gives its parts.
const stopTimeoutMs = 40_000;
const pollMs = 300;

/** Runs `work` against the running stack, or against one of its own that is always stopped afterwards. */
export async function withStack<T>(work: (stack: StackFile) => Promise<T>): Promise<T> {
  const running = await runningStack();
  if (running) return work(running);
  const own = startStack();
  // A signal ends this process only after its stack is gone.
  const onSignal = (signal: NodeJS.Signals): void =>
    void own.stop().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    return await work(await own.ready());
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    await own.stop();
  }
}

interface OwnStack {
  ready: () => Promise<StackFile>;
  stop: () => Promise<void>;
}

function startStack(): OwnStack {
  const args = ['--conditions=@sluice/source', join(workspaceRoot, 'tools', 'stack', 'src', 'start.ts'), '--no-demo'];
  process.stdout.write('No stack is running: starting one for this run.\n');
  const child = spawn(process.execPath, args, { cwd: workspaceRoot, stdio: ['ignore', 'inherit', 'inherit'] });
  const over = new AbortController();
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()));
  void ended.then(() => over.abort());
  return {
    ready: () =>
      until(runningStack, AbortSignal.any([over.signal, AbortSignal.timeout(readyTimeoutMs)]), pollMs).catch(
        (cause: unknown) => {
          throw new Error('The stack did not become ready; its output says why.', { cause });
        },
      ),
    async stop() {
      child.kill('SIGTERM');
      await withTimeout(ended, stopTimeoutMs, 'the stack').catch(() => child.kill('SIGKILL'));
      await ended;
    },
  };
}
