import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { z } from 'zod';
import { withDatabase } from './database.ts';
import { run } from './run.ts';

export interface Machine {
  cpus: number;
  model: string;
  memoryBytes: number;
  platform: string;
}

export interface Versions {
  node: string;
  kafka: string;
  postgres: string;
  packages: Record<string, string>;
}

export interface Revision {
  sha: string;
  /** Whether files differed from that commit. */
  dirty: boolean;
}

export function describeMachine(): Machine {
  return {
    cpus: availableParallelism(),
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    platform: `${platform()} ${release()} ${process.arch}`,
  };
}

/** `kafka` comes from the stack: Kafka's protocol doesn't have the version. */
export async function describeVersions(root: string, databaseUrl: string, kafka = 'unknown'): Promise<Versions> {
  const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });
  const { dependencies } = manifest.parse(JSON.parse(await readFile(join(root, 'package.json'), 'utf8')));
  return { node: process.versions.node, kafka, postgres: await postgresVersion(databaseUrl), packages: dependencies };
}

async function postgresVersion(databaseUrl: string): Promise<string> {
  const ask = (client: pg.Client) => client.query<{ server_version: string }>('show server_version');
  const { rows } = await withDatabase(databaseUrl, ask, { query_timeout: 10_000 });
  return rows[0]?.server_version ?? 'unknown';
}

/**
 * The commit that was measured; null outside a git work tree, e.g. in an unpacked archive. `except` are paths whose
 * changes don't count, such as those of the results themselves.
 */
export async function describeRevision(root: string, except: readonly string[] = []): Promise<Revision | null> {
  const git = (...args: string[]): Promise<{ stdout: string }> => run('git', args, { cwd: root, timeout: 10_000 });
  try {
    const head = await git('rev-parse', 'HEAD');
    const status = await git('status', '--porcelain', '--', '.', ...except.map((path) => `:!${path}`));
    return { sha: head.stdout.trim(), dirty: status.stdout.trim() !== '' };
  } catch {
    return null;
  }
}
