import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeStackFile } from '@sluice/kit/stack-file';
import { serviceNames, type ServiceName } from '@sluice/contracts';
import { eventually } from '@sluice/core/testing';
import { testAdminToken } from '@sluice/service-kit/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poisonedService, type PoisonedService } from './poisoned-service.ts';

const main = resolve(import.meta.dirname, '../src/main.ts');
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

describe('npm run dlq', () => {
  let service: PoisonedService;
  let home: string;

  beforeAll(async () => {
    service = await poisonedService();
    home = mkdtempSync(join(tmpdir(), 'sluice-dlq-'));
    writeStack(testAdminToken);
    for (const text of ['bad-1', 'bad-2', 'odd']) service.poison.add(text);
    await service.publish('good', 'bad-1', 'bad-2', 'odd');
    await eventually(async () => expect((await dlq('list')).out.match(/ dead +│/g)).toHaveLength(3), {
      timeoutMs: 50_000,
    });
  });
  afterAll(async () => {
    rmSync(home, { recursive: true, force: true });
    await service[Symbol.asyncDispose]();
  });

  /** As the stack writes it; all services are the one. */
  function writeStack(adminToken: string): void {
    const { url } = service;
    const forEach = <T>(value: T) =>
      Object.fromEntries(serviceNames.map((name) => [name, value])) as Record<ServiceName, T>;
    writeStackFile(join(home, 'stack.json'), {
      startedAt: new Date().toISOString(),
      infra: 'external',
      services: forEach({ url, instances: [{ url, pid: process.pid }] }),
      kafka: { bootstrap: '', clusterId: '', brokers: [] },
      postgres: {},
      databases: forEach(''),
      mail: { smtp: '', url, pid: process.pid },
      adminToken,
    });
  }

  function dlq(...args: string[]): Promise<{ code: number; out: string }> {
    const [command = '', ...rest] = args;
    const isOne = !rest.includes('--service') && !command.startsWith('-');
    return run([command, ...(isOne ? ['--service', 'inventory'] : []), ...rest]);
  }

  function run(args: string[], folder = home): Promise<{ code: number; out: string }> {
    const env = { ...process.env, SLUICE_HOME: folder, NO_COLOR: '1' };
    const { promise, resolve: done } = Promise.withResolvers<{ code: number; out: string }>();
    execFile(process.execPath, ['--conditions=@sluice/source', main, ...args], { env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, out: stdout + stderr }),
    );
    return promise;
  }

  it('tells how it is used', async () => {
    expect(await run(['replay', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('--dry-run') as string,
    });
  });

  it.each([
    ['no selection', ['replay'], 'exactly one of --id, --key, --fingerprint and --all'],
    ['two selections', ['replay', '--all', '--key', 'k'], 'exactly one of'],
    ['a rate that is none', ['replay', '--all', '--rate', 'fast'], 'Expected a number from 0.1'],
    ['an unknown service', ['list', '--service', 'billing'], `Allowed choices are ${serviceNames.join(', ')}`],
    ['an id that is nobody’s', ['show', randomUUID()], 'No service has a dead letter'],
    ['an id that is nobody’s to replay', ['replay', '--id', randomUUID()], 'No service has a dead letter'],
  ])('refuses %s with exit code 2', async (_, args, text) => {
    expect(await run(args)).toMatchObject({ code: 2, out: expect.stringContaining(text) as string });
  });

  it('says that no stack runs, and what a service has against it', async () => {
    expect(await run(['list'], join(home, 'nowhere'))).toMatchObject({
      code: 2,
      out: expect.stringContaining('No stack') as string,
    });
    try {
      writeStack('wrong-token');
      expect(await dlq('list')).toMatchObject({ code: 1, out: 'inventory: This needs the administration token.\n' });
    } finally {
      writeStack(testAdminToken);
    }
  });

  it('lists, groups, shows and replays, and does so once', async () => {
    const groups = await dlq('list', '--group');
    expect(groups.out).toMatch(/[0-9a-f]{16}.* 3 of 3 .*poison: ".*" is poison/);
    const listed = await dlq('list', '--key', 'odd');
    expect(listed.out).toMatch(/inventory .*@3 .* odd .* dead /);
    const [id = ''] = uuid.exec(listed.out) ?? [];
    expect((await dlq('list', '--limit', '1')).out).toContain('1 of 3');

    expect((await dlq('replay', '--all', '--dry-run')).out).toContain('3 would-replay.');
    expect((await dlq('list')).out.match(/ dead +│/g)).toHaveLength(3);
    service.poison.clear();
    expect(await dlq('replay', '--id', id, '--reason', 'a test')).toMatchObject({
      code: 0,
      out: expect.stringContaining('1 replayed.') as string,
    });
    expect(await dlq('replay', '--all', '--rate', '50')).toMatchObject({
      code: 0,
      out: expect.stringContaining('2 replayed') as string,
    });
    await eventually(() => expect([...service.handled].sort()).toEqual(['bad-1', 'bad-2', 'good', 'odd']));
    expect(await dlq('replay', '--all')).toMatchObject({
      code: 0,
      out: expect.stringContaining('3 already-replayed.') as string,
    });
    expect((await dlq('list', '--group')).out).toContain('0 of 3');
    const shown = (await dlq('show', id)).out;
    expect(shown).toMatch(/replay +replayed by .* \(a test\)/);
    expect(shown).toContain('{"text":"odd"}');
  });

  it('moves a group past a record that holds its partition, and says why it does not', async () => {
    const skip = (topic: string, offset: string) =>
      run([
        'skip',
        '--group',
        'inventory',
        '--topic',
        topic,
        '--partition',
        '0',
        '--offset',
        offset,
        '--reason',
        'a test',
      ]);
    expect(await skip(service.topic, 'first')).toMatchObject({
      code: 2,
      out: expect.stringContaining('offset') as string,
    });
    expect(await skip('others.v1', '0')).toMatchObject({
      code: 1,
      out: expect.stringContaining('does not consume others.v1') as string,
    });
    service.waiting.add('unreadable');
    await service.publish('unreadable', 'behind');
    await eventually(async () => {
      const [, offset = ''] = / is at offset (\d+) of /.exec((await skip(service.topic, '1000000')).out) ?? [];
      // Refused until the record is there.
      expect(await skip(service.topic, offset)).toMatchObject({
        code: 0,
        out: expect.stringContaining(`goes on at ${Number(offset) + 1}.`) as string,
      });
    });
    await eventually(() => expect(service.handled).toContain('behind'));
    expect(service.handled).not.toContain('unreadable');
  });
});
