import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@sluice/core/testing';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';
import { collect, ended, runTool, startStack, type StartedStack } from './support/stack.ts';
import { workspaceRoot } from '@sluice/kit/workspace';
import { WorkspaceCopy } from './support/workspace-copy.ts';

const minutes = 60_000;
const list = 'libs/contracts/src/services.ts';
const compose = 'docker-compose.yml';

/** All that adding a service takes: its folder, and one line. */
function addService(copy: WorkspaceCopy, name: string, line: string): void {
  cpSync(join(workspaceRoot, 'e2e/src/fixtures/audit'), copy.path(`services/${name}`), { recursive: true });
  for (const file of ['package.json', 'src/main.ts']) {
    const path = copy.path(`services/${name}/${file}`);
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('audit', name));
  }
  copy.insert(list, '] as const satisfies', `  ${line},\n`);
}

describe('a service more', () => {
  let copy: WorkspaceCopy;
  let stack: StartedStack;
  /** Whether the check of Compose and its like was content before the command, and after it. */
  let checks: (number | null)[];

  const check = () => copy.run('npx', 'vitest', 'run', '--project', 'unit', 'tools/checks/src/service-blocks.spec.ts');
  const tool = async (script: string, ...args: string[]): Promise<string> => {
    const child = runTool(script, args, stack.folder, copy.folder);
    const output = collect(child);
    expect(await ended(child), output()).toBe(0);
    return output();
  };
  const status = () => tool('tools/stack/src/control/main.ts', 'status');
  const deadLetters = () => tool('tools/dlq/src/main.ts', 'list');
  const rowOf = (table: string, service: string) => table.split('\n').find((row) => row.includes(service));

  const soon = (holds: () => Promise<void>) => eventually(holds, { timeoutMs: 30_000 });

  async function consumedBy(service: string): Promise<number> {
    const databases: Record<string, string> = stack.file().databases;
    const client = new pg.Client({ connectionString: databases[service] });
    await client.connect();
    try {
      return (await client.query('select from inbox where consumer = $1', [service])).rowCount ?? 0;
    } finally {
      await client.end();
    }
  }

  beforeAll(async () => {
    copy = new WorkspaceCopy();
    const topics = 'consumes: [ordersTopic], publishes: []';
    addService(copy, 'audit', `{ name: 'audit', port: 3004, database: 'sluice_audit', ${topics} }`);
    addService(copy, 'digest', `{ name: 'digest', port: 3005, database: 'digest', ${topics}, start: 'on-demand' }`);
    const steps = [
      ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'],
      ['run', 'services'],
    ];
    checks = [check().code];
    for (const args of steps) expect(copy.run('npm', ...args)).toMatchObject({ code: 0 });
    checks.push(check().code);
    stack = await startStack([], copy.folder);
  }, 10 * minutes);

  afterAll(async () => {
    try {
      await stack?.stop();
    } finally {
      copy?.remove();
    }
  }, minutes);

  it('is in the files that other programs read, and the check misses it before', () => {
    expect(checks).toEqual([1, 0]);
    expect(copy.read(compose)).toContain('command: [services/audit/dist/main.js]');
    expect(copy.read('deploy/Dockerfile')).toContain('COPY services/audit/package.json services/audit/');
    expect(copy.read('package-lock.json')).toContain('"node_modules/@sluice/audit"');
    expect(copy.read('docs/contracts/asyncapi.json')).toContain('audit.receive.orders.v1');
  });

  it('starts, consumes, and has its dead letters listed', async () => {
    expect(rowOf(await status(), 'audit')).toContain('running');
    const client = new Client(stack.file());
    await client.place(anOrder('new-service'));
    await soon(async () => expect(await consumedBy('audit')).toBeGreaterThan(0));
    await client.place(anOrder('new-service', { currency: 'XTS' }));
    await soon(async () => expect(rowOf(await deadLetters(), 'audit')).toContain('test-money'));
  });

  it('that starts on demand waits for that, and then does the same', async () => {
    expect(rowOf(await status(), 'digest')).toContain('stopped');
    expect(rowOf(await deadLetters(), 'digest')).toBeUndefined();
    await tool('tools/stack/src/control/main.ts', 'start', 'digest');
    expect(rowOf(await status(), 'digest')).toContain('running');
    await soon(async () => expect(await consumedBy('digest')).toBeGreaterThan(0));
    await soon(async () => expect(rowOf(await deadLetters(), 'digest')).toContain('test-money'));
  });
});
