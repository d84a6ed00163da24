import type { DatabaseOwner } from '@sluice/contracts';
import { awaitCluster } from '../kafka/cluster.ts';
import type { Part } from '../part.ts';
import { databaseUrl, ensureDatabases } from '../postgres/databases.ts';
import type { Backend, KafkaAddresses, Report } from './backend.ts';

const ANSWER_TIMEOUT_MS = 30_000;

/** A Kafka and a PostgreSQL that the stack doesn't run. Only the services' databases are made there. */
export class ExternalBackend implements Backend {
  readonly kind = 'external';
  readonly serverUrl: string;
  readonly #bootstrap: string;
  #clusterId = '';

  constructor(bootstrap: string, serverUrl: string) {
    this.#bootstrap = bootstrap;
    this.serverUrl = serverUrl;
  }

  /** From `KAFKA_BROKERS` and `DATABASE_URL`, the URL of a user who may create databases. */
  static fromEnvironment(): ExternalBackend {
    const { KAFKA_BROKERS: brokers, DATABASE_URL: url } = process.env;
    if (!brokers || !url) {
      const missing = [!brokers && 'KAFKA_BROKERS (host:port,…)', !url && 'DATABASE_URL (of a superuser)'];
      throw new Error(`--infra external needs ${missing.filter(Boolean).join(' and ')} in the environment.`);
    }
    return new ExternalBackend(brokers, url);
  }

  async prepare(report: Report): Promise<void> {
    report(`Asking Kafka on ${this.#bootstrap} and PostgreSQL on ${new URL(this.serverUrl).host}`);
    const late = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    try {
      this.#clusterId = await awaitCluster(this.#bootstrap, undefined, late);
    } catch (error) {
      const reason = `Kafka does not answer on ${this.#bootstrap} (KAFKA_BROKERS)`;
      throw late.aborted ? new Error(`${reason} within ${ANSWER_TIMEOUT_MS / 1000} s.`, { cause: error }) : error;
    }
    await ensureDatabases(this.serverUrl).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`The databases can't be made on ${new URL(this.serverUrl).host} (DATABASE_URL): ${reason}`);
    });
  }

  parts(): Part[] {
    return [];
  }

  get kafka(): KafkaAddresses {
    const brokers = this.#bootstrap.split(',').map((url, index) => ({ id: index + 1, url: url.trim() }));
    return { bootstrap: this.#bootstrap, clusterId: this.#clusterId, brokers };
  }

  databaseUrl(service: DatabaseOwner): string {
    return databaseUrl(this.serverUrl, service);
  }

  async close(): Promise<void> {
    // Nothing here is ours.
  }
}
