import { join } from 'node:path';
import { until } from '@sluice/kit/wait';
import { ensureDatabases } from '../postgres/databases.ts';
import { passwordIn } from '../postgres/password.ts';
import { settingArguments } from '../postgres/settings.ts';
import { ContainerPart } from './container-part.ts';
import type { ContainerSetup } from './kafka-container.ts';

const READY_TIMEOUT_MS = 90_000;
const PORT = 5432;

/** A PostgreSQL with the same settings as the embedded one. `url` is the superuser's. */
export async function postgresContainer(setup: ContainerSetup & { passwordFile: string }): Promise<{
  part: ContainerPart;
  url: string;
}> {
  const { image, host, ports, logs, mounted } = setup;
  const password = await passwordIn(setup.passwordFile);
  const url = `postgres://postgres:${password}@${host}:${ports.postgres}/postgres`;
  const part = new ContainerPart({
    name: 'postgres',
    image,
    environment: { POSTGRES_PASSWORD: password },
    command: ['postgres', ...settingArguments()],
    // Since 18 the image keeps data in a folder per major version below this one.
    mounts: mounted === undefined ? {} : { '/var/lib/postgresql': mounted },
    ports: { [PORT]: ports.postgres },
    logFile: join(logs, 'postgres.log'),
    ready: (signal) => until(() => ensureDatabases(url).then(() => true), signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  return { part, url };
}
