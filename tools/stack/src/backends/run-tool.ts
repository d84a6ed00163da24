import { execFile, type ExecFileOptions } from 'node:child_process';
import { promisify } from 'node:util';
import { guardProcess } from '../guard/guard.ts';

const run = promisify(execFile);

export interface ToolOptions extends Pick<ExecFileOptions, 'uid' | 'gid' | 'cwd'> {
  timeoutMs: number;
  /** Ends the tool when it's aborted. */
  signal: AbortSignal;
}

/**
 * Runs a program that comes to an end by itself, and guards it meanwhile: after a kill of this process it must not
 * write into folders that are being removed. Returns what it wrote to its standard output, and rejects with what it wrote
 * to its standard error.
 */
export async function runTool(
  command: string,
  args: string[],
  { timeoutMs, signal, ...options }: ToolOptions,
): Promise<string> {
  signal.throwIfAborted();
  const work = run(command, args, { ...options, timeout: timeoutMs, signal });
  const pid = work.child.pid;
  const release = pid === undefined ? () => undefined : guardProcess(pid);
  try {
    return (await work).stdout;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new Error(stderr?.trim() || message, { cause: error });
  } finally {
    release();
  }
}
