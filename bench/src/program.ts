import { execFile, type ExecFileOptions } from 'node:child_process';
import { promisify } from 'node:util';
import { guardProcess } from '@sluice/stack/tools';

const run = promisify(execFile);

/** What a program of somebody else's prints. Rejects with its own last words; nothing of it runs then. */
export async function outputOf(
  command: string,
  args: string[],
  options: Pick<ExecFileOptions, 'env' | 'cwd' | 'signal'> = {},
): Promise<string> {
  const work = run(command, args, { ...options, maxBuffer: 64 * 1024 * 1024 });
  const { pid } = work.child;
  const release = pid === undefined ? () => undefined : guardProcess(pid);
  try {
    return (await work).stdout;
  } catch (error) {
    options.signal?.throwIfAborted();
    const { stderr = '', message } = error as Error & { stderr?: string };
    throw new Error(stderr.trim().split('\n').slice(-5).join('\n') || message, { cause: error });
  } finally {
    release();
  }
}
