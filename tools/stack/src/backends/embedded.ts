import { join } from 'node:path';
import type { DatabaseOwner } from '@sluice/contracts';
import { type EmbeddedKafka, embeddedKafka } from '../kafka/embedded-kafka.ts';
import { hasMaven, findJava, MAVEN_MISSING } from '../kafka/java.ts';
import { jarsAreCached } from '../kafka/jars.ts';
import type { Part } from '../part.ts';
import { postgresAccount } from '../postgres/account.ts';
import { databaseUrl } from '../postgres/databases.ts';
import { type EmbeddedPostgres, embeddedPostgres } from '../postgres/embedded-postgres.ts';
import { stackFolder } from '../stack-folder.ts';
import { allOrFirstFailure } from './all-or-first-failure.ts';
import { backendPorts } from './backend-ports.ts';
import type { Backend, BackendOptions, KafkaAddresses, Report } from './backend.ts';
import { type DataFolder, dataFolder } from './data-folder.ts';

interface Prepared {
  kafka: EmbeddedKafka;
  postgres: EmbeddedPostgres;
}

/** Kafka on this machine's JVM and PostgreSQL from an npm package: real ones, without Docker and without a setup. */
export class EmbeddedBackend implements Backend {
  readonly kind = 'embedded';
  readonly #options: BackendOptions;
  readonly #aborter = new AbortController();
  #folder: DataFolder | undefined;
  #preparing: Promise<Prepared> | undefined;
  #prepared: Prepared | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  /** What this machine lacks for it, in one line; `undefined` when it lacks nothing. */
  static async missing(): Promise<string | undefined> {
    try {
      await findJava();
    } catch (error) {
      return (error as Error).message;
    }
    return (await jarsAreCached()) || (await hasMaven()) ? undefined : MAVEN_MISSING;
  }

  async prepare(report: Report): Promise<void> {
    this.#preparing = this.#prepare(report);
    this.#prepared = await this.#preparing;
  }

  parts(): Part[] {
    return [...this.#ready.kafka.parts, this.#ready.postgres.part];
  }

  get kafka(): KafkaAddresses {
    return this.#ready.kafka.addresses;
  }

  get serverUrl(): string {
    return this.#ready.postgres.url;
  }

  databaseUrl(service: DatabaseOwner): string {
    return databaseUrl(this.serverUrl, service);
  }

  async close(): Promise<void> {
    this.#aborter.abort(new Error('Interrupted.'));
    await this.#preparing?.catch(() => undefined); // Whoever called prepare learns why it failed.
    await this.#folder?.remove();
  }

  async #prepare(report: Report): Promise<Prepared> {
    const { signal } = this.#aborter;
    const { persist, logs = stackFolder.logs, longLived } = this.#options;
    const kept = persist === undefined ? undefined : join(persist, 'embedded');
    this.#folder = await dataFolder(kept, await postgresAccount());
    const { data, scratch } = this.#folder;
    const { postgres: port, ...ports } = await backendPorts(this.#options);
    const [kafka, postgres] = await allOrFirstFailure(
      embeddedKafka({ folder: data, logs, brokers: [ports], longLived, signal }, report),
      embeddedPostgres({ folder: join(data, 'postgres'), scratch, logs, port, signal }, report),
    );
    return { kafka, postgres };
  }

  get #ready(): Prepared {
    if (this.#prepared === undefined) {
      throw new Error('The embedded backend is not prepared.');
    }
    return this.#prepared;
  }
}
