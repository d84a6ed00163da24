import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { scope } from '@sluice/kit/workspace';
import { guard } from '../guard/guard.ts';
import { type Account, canEnter } from '../postgres/account.ts';

export interface DataFolder {
  /** What outlives the stack, if anything does. */
  data: string;
  /** What never does. */
  scratch: string;
}

/**
 * A throwaway folder for scratch, removed by `cleanup`, and for data, unless a folder was given. Others may pass through
 * it but not look.
 */
export async function dataFolder(
  persist: string | undefined,
  account: Account | undefined,
  cleanup: AsyncDisposableStack,
): Promise<DataFolder> {
  const scratch = await throwaway(account);
  cleanup.defer(guard({ kind: 'path', path: scratch }));
  cleanup.defer(() => rm(scratch, { recursive: true, force: true, maxRetries: 3 }));
  const data = persist === undefined ? scratch : resolve(persist);
  await mkdir(data, { recursive: true });
  return { data, scratch };
}

// TMPDIR may lie below a user's home, where PostgreSQL's user can't go.
async function throwaway(account: Account | undefined): Promise<string> {
  for (const parent of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await canEnter(parent, account)) {
      const folder = await mkdtemp(join(parent, `${scope}-`));
      await chmod(folder, 0o711);
      return folder;
    }
  }
  throw new Error(`User ${account?.name} can't reach ${tmpdir()}: set TMPDIR to a folder that everybody can.`);
}
