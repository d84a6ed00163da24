import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackFile } from '@sluice/kit/stack-file';
import { scope, workspaceRoot } from '@sluice/kit/workspace';
import { eventually } from '@sluice/core/testing';

export interface StartedStack {
  /** Where its state file, logs and control socket are. */
  folder: string;
  process: ChildProcess;
  /** All that it printed so far. */
  output(): string;
  file(): StackFile;
  stop(): Promise<void>;
}

const flags = ['--conditions=@sluice/source'];

/** Runs a tool of this workspace, or of a copy, with the same Node as the tests. */
export function runTool(script: string, args: string[], folder: string, workspace = workspaceRoot): ChildProcess {
  const env = { ...process.env, [`${scope.toUpperCase()}_HOME`]: folder, NO_COLOR: '1' };
  return spawn(process.execPath, [...flags, join(workspace, script), ...args], { cwd: workspace, env, stdio: 'pipe' });
}

/** Everything a child prints, readable while it runs. */
export function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

export function isOver({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

export function ended(child: ChildProcess): Promise<number | null> {
  if (isOver(child)) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

/**
 * The stack that has its files there; throws while there is none. Not read by its schema, which knows this workspace's
 * services: a copy may have others.
 */
export function stackIn(folder: string): StackFile {
  return JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8')) as StackFile;
}

/** The stack that `child` starts there, once it is up. Rejects with its output as soon as the process has ended before. */
export async function stackOf(child: ChildProcess, folder: string, output: () => string): Promise<StackFile> {
  const file = await eventually(() => (isOver(child) ? undefined : stackIn(folder)), { timeoutMs: 180_000 });
  if (file === undefined) throw new Error(`it ended before the stack was up: ${output()}`);
  return file;
}

/** Starts a stack of its own, in a folder of its own, and waits until it says that it is ready. */
export async function startStack(args: string[] = [], workspace = workspaceRoot): Promise<StartedStack> {
  const folder = mkdtempSync(join(tmpdir(), `${scope}-e2e-`));
  const child = runTool('tools/stack/src/start.ts', ['--no-demo', ...args], folder, workspace);
  const output = collect(child);
  const file = () => stackIn(folder);
  const stop = async () => {
    child.kill('SIGTERM');
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await stackOf(child, folder, output);
  } catch (error) {
    await stop();
    throw new Error(`no stack: ${output()}`, { cause: error });
  }
  return { folder, process: child, output, file, stop };
}
