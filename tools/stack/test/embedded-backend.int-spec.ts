import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { birthOf, processTree } from '@sluice/kit/process-info';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { embeddedBackend } from '../src/backends/embedded.ts';
import { backendSuite, keepsData } from './backend.suite.ts';

backendSuite('the embedded backend', embeddedBackend);

describe('the embedded backend in a temporary folder of its own', () => {
  let folder: string;
  let logs: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-spec-'));
    await chmod(folder, 0o711); // PostgreSQL's own user must get through.
    logs = await mkdtemp(join(tmpdir(), 'sluice-logs-'));
    vi.stubEnv('TMPDIR', folder);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
    await rm(logs, { recursive: true, force: true });
  });

  it('keeps data, cluster and password in a given folder, and leaves nothing else', { timeout: 120_000 }, async () => {
    const persist = join(folder, 'kept');
    const pids: number[] = [];
    await keepsData(embeddedBackend, { persist, logs }, async ({ parts }) => {
      for (const { handle } of parts) {
        pids.push(...(handle && 'pid' in handle ? await processTree(handle.pid) : []));
      }
    });
    expect(pids.length).toBeGreaterThan(4);
    expect(pids.filter((pid) => birthOf(pid) !== undefined)).toEqual([]);
    expect(await readdir(folder)).toEqual(['kept']);
  });

  it('can be interrupted in the middle of its preparation, and leaves nothing of it', { timeout: 60_000 }, async () => {
    const [aborter, cleanup] = [new AbortController(), new AsyncDisposableStack()];
    let onFirstReport = (): void => undefined;
    const isUnderWay = new Promise<void>((resolve) => (onFirstReport = resolve));
    const options = { logs, signal: aborter.signal, cleanup, report: () => onFirstReport() };
    const prepared = embeddedBackend(options).then(
      () => 'prepared',
      () => 'interrupted',
    );
    await isUnderWay;
    aborter.abort();
    await cleanup.disposeAsync();
    expect(await prepared).toBe('interrupted');
    expect(await readdir(folder)).toEqual([]);
  });
});
