import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { guard } from '../guard/guard.ts';
import { type Account, canEnter } from '../postgres/account.ts';

export interface DataFolder {
  /** What outlives the stack, if anything does. */
  data: string;
  /** What never does. */
  scratch: string;
  remove(): Promise<void>;
}

/** A throwaway folder for scratch and, unless a folder was given, for data. Others may pass through it but not look. */
export async function dataFolder(persist: string | undefined, account: Account | undefined): Promise<DataFolder> {
  const scratch = await throwaway(account);
  const release = guard({ kind: 'path', path: scratch });
  const data = persist === undefined ? scratch : resolve(persist);
  await mkdir(data, { recursive: true });
  return {
    data,
    scratch,
    remove: async () => {
      await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
      release();
    },
  };
}

// TMPDIR may lie below a user's home, where PostgreSQL's user can't go.
async function throwaway(account: Account | undefined): Promise<string> {
  for (const parent of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await canEnter(parent, account)) {
      const folder = await mkdtemp(join(parent, 'sluice-'));
      await chmod(folder, 0o711);
      return folder;
    }
  }
  throw new Error(`User ${account?.name} can't reach ${tmpdir()}: set TMPDIR to a folder that everybody can.`);
}
