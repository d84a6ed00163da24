import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { StackFile } from '@sluice/kit/stack-file';
import { workspaceRoot } from '@sluice/kit/workspace';
import { eventually } from '@sluice/core/testing';
import { collect, ended, stackIn, stackOf } from './support/stack.ts';

const goneWithinMs = 30_000;
let folder: string;
let npm: ChildProcess;

/** What a developer's shell has for other databases, JVMs, networks and builds. Each of these ended the start once. */
const shell = {
  ...{ PGSSLMODE: 'require', PGOPTIONS: '-c statement_timeout=1', PGPORT: '1' },
  ...{ JAVA_HOME: '/no/such/jdk', JAVA_TOOL_OPTIONS: '-javaagent:/no/such.jar' },
  ...{ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' },
  NODE_ENV: 'production',
};

/** `npm start` as a user types it, with a folder of its own. */
async function npmStart(...args: string[]): Promise<StackFile> {
  folder = mkdtempSync(join(tmpdir(), 'sluice-lifecycle-'));
  const env: NodeJS.ProcessEnv = { ...process.env, ...shell, SLUICE_HOME: folder };
  for (const name of ['no_proxy', 'NO_PROXY']) delete env[name];
  npm = spawn('npm', ['start', '--', '--no-demo', ...args], { cwd: workspaceRoot, env, stdio: 'pipe' });
  const output = collect(npm);
  return stackOf(npm, folder, output);
}

const pidsOf = ({ services, kafka, postgres, mail }: StackFile): number[] =>
  [
    ...Object.values(services).flatMap(({ instances }) => instances.map(({ pid }) => pid)),
    ...kafka.brokers.map(({ pid }) => pid),
    postgres.pid,
    mail.pid,
  ].filter((pid) => pid !== undefined);

/** A zombie, which waits for a parent that may never ask, is dead. */
function lives(pid: number): boolean {
  return /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout);
}

function isOpen(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url.includes('://') ? url : `tcp://${url}`);
  const socket = createConnection({ host: hostname, port: Number(port) });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

/** The process that runs the stack: what npm's shell has become. */
function stackPid(): number {
  return (JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8')) as { pid: number }).pid;
}

async function expectNothingLeft(file: StackFile): Promise<void> {
  await eventually(() => expect(pidsOf(file).filter(lives)).toEqual([]), { timeoutMs: goneWithinMs });
  for (const url of [file.services.order.url, file.kafka.bootstrap, file.databases.order, file.mail.smtp])
    expect(await isOpen(url), url).toBe(false);
  await eventually(
    () => {
      for (const left of ['stack.json', 'lock.json']) expect(existsSync(join(folder, left)), left).toBe(false);
    },
    { timeoutMs: goneWithinMs },
  );
}

afterEach(async () => {
  npm.kill('SIGTERM');
  await ended(npm);
  rmSync(folder, { recursive: true, force: true });
});

describe('npm start', () => {
  it('starts a part again that died, and ends everything on a SIGTERM to npm', async () => {
    const file = await npmStart();
    expect(statSync(join(folder, 'stack.json')).mode & 0o777).toBe(0o600);
    const [first] = file.services.inventory.instances;
    process.kill(first?.pid ?? 0, 'SIGKILL');
    const again = await eventually(
      async () => {
        const now = stackIn(folder);
        expect(now.services.inventory.instances[0]?.pid).not.toBe(first?.pid);
        expect((await fetch(`${now.services.inventory.url}/readyz`)).status).toBe(200);
        return now;
      },
      { timeoutMs: 30_000 },
    );
    npm.kill('SIGTERM');
    await ended(npm);
    await expectNothingLeft(again);
  });

  it('leaves nothing behind when it is killed with -9', async () => {
    const file = await npmStart();
    process.kill(stackPid(), 'SIGKILL');
    await expectNothingLeft(file);
  });

  it('ends when its parent dies', async () => {
    const file = await npmStart();
    npm.kill('SIGKILL');
    await expectNothingLeft(file);
  });
});
