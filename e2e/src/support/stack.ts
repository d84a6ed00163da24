import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@sluice/core/testing';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

type ServiceName = 'order' | 'inventory' | 'notification';

/** What `.sluice/stack.json` says of a running stack. */
export interface StackFile {
  startedAt: string;
  infra: string;
  services: Record<ServiceName, { url: string; instances: { url: string; pid: number }[] }>;
  kafka: {
    bootstrap: string;
    clusterId: string;
    brokers: { id: number; url: string; pid?: number; container?: string }[];
  };
  postgres: { pid?: number; container?: string };
  databases: Record<ServiceName, string>;
  mail: { smtp: string; url: string; pid: number };
  adminToken: string;
}

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

/** Runs a tool of this workspace with the same Node as the tests. */
export function runTool(script: string, args: string[], folder: string): ChildProcess {
  const env = { ...process.env, SLUICE_HOME: folder, NO_COLOR: '1' };
  return spawn(process.execPath, [...flags, join(root, script), ...args], { cwd: root, env, stdio: 'pipe' });
}

/** Everything a child prints, readable while it runs. */
export function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

export function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Starts a stack of its own, in a folder of its own, and waits until it says that it is ready. */
export async function startStack(args: string[] = []): Promise<StartedStack> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  const child = runTool('tools/stack/src/start.ts', ['--no-demo', ...args], folder);
  const output = collect(child);
  const file = () => JSON.parse(readFileSync(join(folder, 'stack.json'), 'utf8')) as StackFile;
  const stop = async () => {
    child.kill('SIGTERM');
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await eventually(
      () => {
        if (child.exitCode !== null) throw new Error(`the stack ended:\n${output()}`);
        return file();
      },
      { timeoutMs: 180_000 },
    );
  } catch (error) {
    await stop();
    throw new Error(`no stack: ${output()}`, { cause: error });
  }
  return { folder, process: child, output, file, stop };
}
