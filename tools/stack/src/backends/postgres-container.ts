import { join } from 'node:path';
import { until } from '@sluice/kit/wait';
import { ensureDatabases } from '../postgres/databases.ts';
import { passwordIn } from '../postgres/password.ts';
import { settingArguments } from '../postgres/settings.ts';
import { POSTGRES_VERSION } from '../postgres/version.ts';
import { type ContainerPart, containerPart } from './container-part.ts';
import type { ContainerSetup } from './kafka-container.ts';

export const POSTGRES_IMAGE = `postgres:${POSTGRES_VERSION}`;
const READY_TIMEOUT_MS = 90_000;
const PORT = 5432;

/** A PostgreSQL with the same settings as the embedded one. `url` is the superuser's. */
export async function postgresContainer(
  setup: ContainerSetup & { passwordFile: string },
): Promise<ContainerPart & { url: string }> {
  const { host, ports, logs, mounted } = setup;
  const password = await passwordIn(setup.passwordFile);
  const url = `postgres://postgres:${password}@${host}:${ports.postgres}/postgres`;
  const container = containerPart({
    name: 'postgres',
    image: POSTGRES_IMAGE,
    environment: { POSTGRES_PASSWORD: password },
    command: ['postgres', ...settingArguments()],
    // Since 18 the image keeps data in a folder per major version below this one.
    mounts: mounted === undefined ? {} : { '/var/lib/postgresql': mounted },
    ports: { [PORT]: ports.postgres },
    logFile: join(logs, 'postgres.log'),
    ready: (signal) => until(() => ensureDatabases(url).then(() => true), signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  return { ...container, url };
}
