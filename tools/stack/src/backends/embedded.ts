import { join } from 'node:path';
import { embeddedKafka } from '../kafka/embedded-kafka.ts';
import { hasMaven, findJava, MAVEN_MISSING } from '../kafka/java.ts';
import { jarsAreCached } from '../kafka/jars.ts';
import { postgresAccount } from '../postgres/account.ts';
import { embeddedPostgres } from '../postgres/embedded-postgres.ts';
import { allOrFirstFailure } from './all-or-first-failure.ts';
import { backendPorts } from './backend-ports.ts';
import type { Backend } from './backend.ts';
import { dataFolder } from './data-folder.ts';

/** Kafka on this machine's JVM and PostgreSQL from an npm package: real ones, without Docker and without a setup. */
export const embeddedBackend: Backend = async ({ persist, logs, longLived, signal, cleanup, report, ...options }) => {
  const kept = persist === undefined ? undefined : join(persist, 'embedded');
  const { data, scratch } = await dataFolder(kept, await postgresAccount(), cleanup);
  const { postgres: port, ...ports } = await backendPorts(options);
  const prepared = allOrFirstFailure(
    embeddedKafka({ folder: data, logs, brokers: [ports], longLived, signal }, report),
    embeddedPostgres({ folder: join(data, 'postgres'), scratch, logs, port, signal }, report),
  );
  // Nothing may write into the folders any more when they are removed.
  cleanup.defer(() => Promise.allSettled([prepared]).then(() => undefined));
  const [kafka, postgres] = await prepared;
  return {
    kind: 'embedded',
    kafka: kafka.addresses,
    serverUrl: postgres.url,
    parts: [...kafka.parts, postgres.part],
  };
};

/** What this machine lacks for it, in one line; `undefined` when it lacks nothing. */
export async function embeddedMissing(): Promise<string | undefined> {
  try {
    await findJava();
  } catch (error) {
    return (error as Error).message;
  }
  return (await jarsAreCached()) || (await hasMaven()) ? undefined : MAVEN_MISSING;
}
