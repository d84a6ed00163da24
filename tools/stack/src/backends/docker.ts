import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { backendPorts } from './backend-ports.ts';
import type { Backend } from './backend.ts';
import { engineHost, pullImage } from './containers.ts';
import { dataFolder } from './data-folder.ts';
import { KAFKA_IMAGE, kafkaContainer } from './kafka-container.ts';
import { POSTGRES_IMAGE, postgresContainer } from './postgres-container.ts';

/** Kafka and PostgreSQL from the official images. */
export const dockerBackend: Backend = async ({ persist, logs, cleanup, report, ...options }) => {
  await pullImage(KAFKA_IMAGE, report);
  await pullImage(POSTGRES_IMAGE, report);
  const { data } = await dataFolder(persist && resolve(persist, 'docker'), undefined, cleanup);
  // Throwaway data stays inside the containers.
  const mount = (name: string): Promise<string | undefined> =>
    persist === undefined ? Promise.resolve(undefined) : folderForAll(join(data, name));
  const common = { host: await engineHost(), ports: await backendPorts(options), logs };
  const passwordFile = join(data, 'postgres-password');
  const kafka = await kafkaContainer({ ...common, mounted: await mount('kafka-1') });
  const postgres = await postgresContainer({ ...common, mounted: await mount('postgres'), passwordFile });
  for (const { remove } of [kafka, postgres]) cleanup.defer(remove);
  return { kind: 'docker', kafka: kafka.addresses, serverUrl: postgres.url, parts: [kafka.part, postgres.part] };
};

// The containers' processes run as users that don't exist on this machine.
async function folderForAll(folder: string): Promise<string> {
  if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o777);
  return folder;
}
