import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@sluice/kit/ports';
import type { StackFile } from '@sluice/kit/stack-file';
import { eventually } from '@sluice/core/testing';
import { permanentServices, serviceNames } from '@sluice/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder, Client } from './support/client.ts';
import { docker, hasCompose } from './support/docker.ts';

const minutes = 60_000;

/**
 * The base image, taught to trust this machine's certificate authorities: where a network inspects TLS, `npm ci` inside
 * the build would trust nobody.
 */
function nodeImage(): string {
  const authorities = process.env['NODE_EXTRA_CA_CERTS'];
  if (!authorities) return 'node:24-bookworm-slim';
  const folder = mkdtempSync(join(tmpdir(), 'sluice-image-'));
  copyFileSync(authorities, join(folder, 'authorities.pem'));
  const lines = ['FROM node:24-bookworm-slim', 'COPY authorities.pem /etc/authorities.pem'];
  writeFileSync(join(folder, 'Dockerfile'), [...lines, 'ENV NODE_EXTRA_CA_CERTS=/etc/authorities.pem'].join('\n'));
  docker(['build', '-q', '-t', 'sluice-node:local', folder]);
  rmSync(folder, { recursive: true });
  return 'sluice-node:local';
}

describe.skipIf(!hasCompose)('docker compose up --wait', () => {
  const env: NodeJS.ProcessEnv = {
    COMPOSE_PROJECT_NAME: 'sluice-e2e',
    ADMIN_TOKEN: 'end-to-end',
    // A URL would not take it as it is.
    POSTGRES_PASSWORD: `p@ss/w#rd?%41:$1\\'" ü`,
  };
  const compose = (...args: string[]) => docker(['compose', ...args], env);
  let client: Client;

  beforeAll(async () => {
    const image = `NODE_IMAGE=${nodeImage()}`;
    docker([
      'build',
      '-q',
      '--network=host',
      '-f',
      'deploy/Dockerfile',
      '--build-arg',
      image,
      '-t',
      'sluice:local',
      '.',
    ]);
    const portOf = (name: string) => `${name.toUpperCase().replaceAll('-', '_')}_PORT`;
    const names = ['kafka', 'postgres', 'mail', ...serviceNames].map(portOf);
    for (const name of names) env[name] = String(await freePort());
    compose('up', '--wait', '--no-build');
    const at = (name: string) => ({ url: `http://127.0.0.1:${env[portOf(name)]}`, instances: [] });
    client = new Client({
      services: Object.fromEntries(serviceNames.map((name) => [name, at(name)])),
      mail: { url: at('mail').url, smtp: '', pid: 0 },
      adminToken: 'end-to-end',
    } as unknown as StackFile);
  }, 15 * minutes);

  afterAll(() => void compose('down', '--volumes', '--timeout', '20'), 2 * minutes);

  it.each(['async', 'sync'])('confirms an order and tells the customer, %s', async (flow) => {
    await client.setStock(`compose-${flow}`, 1);
    const { id, email } = (await client.place(anOrder(`compose-${flow}`), flow)).body;
    expect(await client.settled(id)).toMatchObject({ status: 'CONFIRMED' });
    await eventually(async () => expect(await client.mails(email)).toHaveLength(1));
  });

  it.each([...permanentServices.map(({ name }) => name), 'mail'])(
    'runs %s unprivileged on a read-only file system',
    (service) => {
      const inside = (script: string) => compose('exec', '-T', service, 'node', '-p', script).trim();
      expect(inside('process.getuid()')).toBe('1000');
      const write = "try { require('fs').writeFileSync('/app/x', ''); 'written' } catch (error) { error.code }";
      expect(inside(write)).toBe('EROFS');
    },
  );
});
