import { existsSync } from 'node:fs';
import { chown, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { until } from '@sluice/kit/wait';
import type { Part, Report } from '../part.ts';
import { processPart } from '../process-part.ts';
import { runTool } from '../run-tool.ts';
import { type Account, canEnter, idsOf, postgresAccount } from './account.ts';
import { postgresBinaries } from './binaries.ts';
import { ensureDatabases } from './databases.ts';
import { passwordIn } from './password.ts';
import { settingArguments } from './settings.ts';

const INITDB_TIMEOUT_MS = 60_000;
const READY_TIMEOUT_MS = 60_000;

export interface EmbeddedPostgresOptions {
  /** Kept between runs or not, as the caller likes. */
  folder: string;
  /** For a copy of the binaries, when they lie where PostgreSQL's user can't go. */
  scratch: string;
  logs: string;
  port: number;
  /** Ends the preparation when it's aborted. */
  signal: AbortSignal;
}

export interface EmbeddedPostgres {
  /** Of the superuser. */
  url: string;
  part: Part;
}

/** Makes a database cluster unless the folder has one. Its part is ready when the services' databases exist. */
export async function embeddedPostgres(options: EmbeddedPostgresOptions, report: Report): Promise<EmbeddedPostgres> {
  const account = await postgresAccount();
  const { folder, port } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  if (!(await canEnter(folder, account))) {
    throw new Error(`PostgreSQL runs as user ${account?.name}, who can't reach ${folder}: choose another folder.`);
  }
  const binaries = await postgresBinaries(account, join(options.scratch, 'postgres-binaries'));
  const pwfile = join(folder, 'password');
  const password = await passwordIn(pwfile, account);
  const data = join(folder, 'data');
  if (!existsSync(join(data, 'PG_VERSION'))) {
    report('Making the database cluster');
    await initdb(join(binaries, 'bin', 'initdb'), { data, pwfile, account, signal: options.signal });
  }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const network = { port: String(port), listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const part = processPart({
    name: 'postgres',
    command: join(binaries, 'bin', 'postgres'),
    args: ['-D', data, ...settingArguments(network)],
    ...idsOf(account),
    cwd: '/',
    logFile: join(options.logs, 'postgres.log'),
    // Fast shutdown, which doesn't wait for clients to leave; and at once, but with its shared memory given back.
    stopSignal: 'SIGINT',
    guardSignal: 'SIGQUIT',
    ready: (signal) => until(() => ensureDatabases(url).then(() => true), signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  return { url, part };
}

async function initdb(
  program: string,
  { data, pwfile, account, signal }: { data: string; pwfile: string; account?: Account; signal: AbortSignal },
): Promise<void> {
  const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${pwfile}`];
  const format = ['--encoding=UTF8', '--locale=C', '--no-instructions'];
  try {
    const options = { ...idsOf(account), cwd: '/', timeoutMs: INITDB_TIMEOUT_MS, signal };
    await runTool(program, ['-D', data, ...access, ...format], options);
  } catch (error) {
    await rm(data, { recursive: true, force: true });
    throw new Error(`PostgreSQL's initdb failed in ${dirname(data)}: ${(error as Error).message}`, { cause: error });
  }
}
