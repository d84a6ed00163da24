import { randomBytes } from 'node:crypto';
import { chown, readFile, writeFile } from 'node:fs/promises';
import type { Account } from './account.ts';

/**
 * The superuser's password, kept in `file`, which is made when it's missing. Every user of this machine can connect to
 * the port, and a superuser of PostgreSQL can run programs: hence there is one.
 */
export async function passwordIn(file: string, account?: Account): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const password = randomBytes(24).toString('base64url');
  await writeFile(file, password, { mode: 0o600, flag: 'wx' });
  if (account !== undefined) await chown(file, account.uid, account.gid);
  return password;
}
