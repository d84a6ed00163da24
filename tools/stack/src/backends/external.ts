import { messageOf } from '@sluice/core';
import { awaitCluster } from '../kafka/cluster.ts';
import { ensureDatabases } from '../postgres/databases.ts';
import type { Backend } from './backend.ts';

const ANSWER_TIMEOUT_MS = 30_000;

/**
 * A Kafka and a PostgreSQL that the stack doesn't run, from `KAFKA_BROKERS` and `DATABASE_URL`, the URL of a user who may
 * create databases. Only the services' databases are made there.
 */
export const externalBackend: Backend = async ({ report, signal }) => {
  const { bootstrap, serverUrl } = addresses();
  const { host } = new URL(serverUrl);
  report(`Asking Kafka on ${bootstrap} and PostgreSQL on ${host}`);
  const late = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const clusterId = await awaitCluster(bootstrap, undefined, AbortSignal.any([signal, late])).catch(
    (error: unknown) => {
      const within = `within ${ANSWER_TIMEOUT_MS / 1000} s`;
      const reason = `Kafka does not answer on ${bootstrap} (KAFKA_BROKERS) ${within}: ${messageOf(error)}`;
      throw late.aborted ? new Error(reason, { cause: error }) : error;
    },
  );
  await ensureDatabases(serverUrl).catch((error: unknown) => {
    throw new Error(`The databases can't be made on ${host} (DATABASE_URL): ${messageOf(error)}`, { cause: error });
  });
  const brokers = bootstrap.split(',').map((url, index) => ({ id: index + 1, url: url.trim() }));
  return { kind: 'external', kafka: { bootstrap, clusterId, brokers }, serverUrl, parts: [] };
};

function addresses(): { bootstrap: string; serverUrl: string } {
  const { KAFKA_BROKERS: bootstrap, DATABASE_URL: serverUrl } = process.env;
  if (!bootstrap || !serverUrl) {
    const missing = [!bootstrap && 'KAFKA_BROKERS (host:port,…)', !serverUrl && 'DATABASE_URL (of a superuser)'];
    throw new Error(`--infra external needs ${missing.filter(Boolean).join(' and ')} in the environment.`);
  }
  if (!URL.canParse(serverUrl)) {
    throw new Error('DATABASE_URL is no URL; in its password, special characters are percent-encoded (@ is %40).');
  }
  return { bootstrap, serverUrl };
}
