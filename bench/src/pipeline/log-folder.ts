import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from '@sluice/stack/tools';

/** A folder for the logs of a row's processes. `cleanup` removes it; so does the guard, when this process is killed. */
export async function logFolder(cleanup: AsyncDisposableStack): Promise<string> {
  const logs = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  cleanup.defer(guard({ kind: 'path', path: logs }));
  cleanup.defer(() => rm(logs, { recursive: true, force: true }));
  return logs;
}
