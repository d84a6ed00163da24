import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scope } from '@sluice/kit/workspace';
import { guard } from './guard/guard.ts';

/** A folder of the caller's own. `cleanup` removes it; so does the guard, when this process is killed. */
export async function scratchFolder(cleanup: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `${scope}-scratch-`));
  cleanup.defer(guard({ kind: 'path', path: folder }));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
