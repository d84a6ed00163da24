import type { SpawnOptions } from 'node:child_process';
import { partEnvironment } from '../../runtime/environment.ts';
import { endOf, spawnGuarded } from './guard/spawn-guarded.ts';

export interface ToolOptions extends Pick<SpawnOptions, 'uid' | 'gid' | 'cwd'> {
  timeoutMs: number;
  /** Ends the tool when it's aborted. */
  signal: AbortSignal;
}

/**
 * Runs a program that comes to an end by itself. Returns what it wrote to its standard output, and rejects with what it
 * wrote to its standard error.
 */
export async function runTool(
  command: string,
  args: string[],
  { timeoutMs, signal, ...options }: ToolOptions,
): Promise<string> {
  signal.throwIfAborted();
  const tool = spawnGuarded(command, args, { ...options, env: partEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] });
  const [output, errors] = [textOf(tool.child.stdout), textOf(tool.child.stderr)];
  try {
    await endOf(tool, signal, timeoutMs);
    return output();
  } catch (error) {
    throw new Error(errors().trim() || (error as Error).message, { cause: error });
  }
}

function textOf(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
}
