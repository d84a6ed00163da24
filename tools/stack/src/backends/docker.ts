import { chmod, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { KAFKA_VERSION } from '../kafka/jars.ts';
import type { Part } from '../part.ts';
import { databaseUrl } from '../postgres/databases.ts';
import type { DatabaseOwner } from '@sluice/contracts';
import { POSTGRES_VERSION } from '../postgres/version.ts';
import { stackFolder } from '../stack-folder.ts';
import { backendPorts } from './backend-ports.ts';
import type { Backend, BackendOptions, KafkaAddresses, Report } from './backend.ts';
import type { ContainerPart } from './container-part.ts';
import { engineHost, pullImage } from './containers.ts';
import { dataFolder, type DataFolder } from './data-folder.ts';
import { kafkaContainer } from './kafka-container.ts';
import { postgresContainer } from './postgres-container.ts';

const KAFKA_IMAGE = `apache/kafka:${KAFKA_VERSION}`;
const POSTGRES_IMAGE = `postgres:${POSTGRES_VERSION}`;

interface Prepared {
  addresses: KafkaAddresses;
  serverUrl: string;
  containers: ContainerPart[];
}

/** Kafka and PostgreSQL from the official images. */
export class DockerBackend implements Backend {
  readonly kind = 'docker';
  readonly #options: BackendOptions;
  #folder: DataFolder | undefined;
  #prepared: Prepared | undefined;

  constructor(options: BackendOptions) {
    this.#options = options;
  }

  async prepare(report: Report): Promise<void> {
    await pullImage(KAFKA_IMAGE, report);
    await pullImage(POSTGRES_IMAGE, report);
    const { persist, logs = stackFolder.logs } = this.#options;
    this.#folder = await dataFolder(persist === undefined ? undefined : resolve(persist, 'docker'), undefined);
    const host = await engineHost();
    const ports = await backendPorts(this.#options);
    const mount = (name: string): Promise<string | undefined> => this.#mount(name);
    const common = { host, ports, logs };
    const kafka = await kafkaContainer({ ...common, image: KAFKA_IMAGE, mounted: await mount('kafka-1') });
    const postgres = await postgresContainer({
      ...common,
      image: POSTGRES_IMAGE,
      mounted: await mount('postgres'),
      passwordFile: join(this.#folder.data, 'postgres-password'),
    });
    this.#prepared = {
      addresses: kafka.addresses,
      serverUrl: postgres.url,
      containers: [kafka.part, postgres.part],
    };
  }

  parts(): Part[] {
    return this.#ready.containers;
  }

  get kafka(): KafkaAddresses {
    return this.#ready.addresses;
  }

  get serverUrl(): string {
    return this.#ready.serverUrl;
  }

  databaseUrl(service: DatabaseOwner): string {
    return databaseUrl(this.serverUrl, service);
  }

  async close(): Promise<void> {
    await Promise.all(this.#prepared?.containers.map((part) => part.remove()) ?? []);
    await this.#folder?.remove();
  }

  // Throwaway data stays inside the containers. Their users are strangers here, so what is kept is open to all.
  async #mount(name: string): Promise<string | undefined> {
    if (this.#options.persist === undefined || this.#folder === undefined) {
      return undefined;
    }
    const folder = join(this.#folder.data, name);
    if ((await mkdir(folder, { recursive: true })) !== undefined) {
      await chmod(folder, 0o777);
    }
    return folder;
  }

  get #ready(): Prepared {
    if (this.#prepared === undefined) {
      throw new Error('The Docker backend is not prepared.');
    }
    return this.#prepared;
  }
}
