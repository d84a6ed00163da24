import { run } from '@sluice/kit/run';
import { succeeds } from '@sluice/kit/wait';

const TIMEOUT_MS = 5_000;
const CANDIDATES = ['postgres', 'nobody'];

/** A user of this system that PostgreSQL runs as. */
export interface Account {
  name: string;
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root, so root needs another user for it; `undefined` for every user but root. */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of CANDIDATES) {
    const account = await lookUp(name);
    if (account !== undefined) return account;
  }
  throw new Error(
    `PostgreSQL doesn't run as root, and there is no user ${CANDIDATES.join(' or ')} (cure: useradd postgres).`,
  );
}

/** Whether `account` gets into `folder`, through everything above it. True without an account. */
export async function canEnter(folder: string, account: Account | undefined): Promise<boolean> {
  const options = { ...idsOf(account), timeout: TIMEOUT_MS };
  return account === undefined || succeeds(run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], options));
}

/** What `spawn` and its like need to run something as `account`. */
export function idsOf(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

async function lookUp(name: string): Promise<Account | undefined> {
  try {
    const ids = ['-u', '-g'].map((which) => run('id', [which, name], { timeout: TIMEOUT_MS }));
    const [uid, gid] = (await Promise.all(ids)).map(({ stdout }) => Number(stdout));
    return uid === undefined || gid === undefined ? undefined : { name, uid, gid };
  } catch {
    return undefined; // id ends with 1 when there is no such user.
  }
}
