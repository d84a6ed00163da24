import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guard } from '@sluice/stack/tools';

/** A folder for logs and scripts. `cleanup` removes it; so does the guard, when this process is killed. */
export async function scratchFolder(cleanup: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  cleanup.defer(guard({ kind: 'path', path: folder }));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
