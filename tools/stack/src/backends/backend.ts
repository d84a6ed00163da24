import type { Infra } from '@sluice/kit/stack-file';
import type { DatabaseOwner } from '@sluice/contracts';
import type { Part } from '../part.ts';
import type { KafkaBehindProxy } from '../proxies.ts';

/** Takes one line for the terminal about what goes on and may take a while. */
export type Report = (line: string) => void;

export interface KafkaAddresses {
  /** `host:port`, several separated by commas. */
  bootstrap: string;
  clusterId: string;
  /** `url` is `host:port`; the part of a broker is called `kafka-<id>`. */
  brokers: { id: number; url: string }[];
  /** Only when proxies were asked for, and never of external brokers. */
  behindProxy?: KafkaBehindProxy;
}

/** Where Kafka and PostgreSQL come from. */
export interface Backend {
  readonly kind: Infra;

  /** Fetches, makes and chooses all that the parts need; nothing runs yet. Rejects with one line for people. */
  prepare(report: Report): Promise<void>;

  /** Only after `prepare`. A broker's part is ready when groups can join; PostgreSQL's when all databases exist. */
  parts(): Part[];

  /** Only after `prepare`. */
  readonly kafka: KafkaAddresses;

  /** The superuser's URL of the server. Only after `prepare`. */
  readonly serverUrl: string;

  /** The URL of a service's own database. Only after `prepare`. */
  databaseUrl(service: DatabaseOwner): string;

  /**
   * Removes what doesn't outlive the stack, once its parts are stopped; also in the middle of `prepare` and after it
   * failed. The guard does it for a stack that was killed.
   */
  close(): Promise<void>;
}

export interface BackendOptions {
  /** Default: the first of embedded and docker that this machine has. */
  infra?: Infra;
  /** Folder of data that outlives the stack. Default: throwaway data below the system's temporary folder. */
  persist?: string;
  /** Kafka on 9092 and PostgreSQL on 15432 in place of free ports. */
  fixedPorts: boolean;
  /** Give Kafka a second listener, for clients that come through a fault proxy. */
  proxies: boolean;
  /** Let Kafka's JVM use its optimising compiler, which pays for itself after minutes of load only; default false. */
  longLived?: boolean;
  /** Folder of the parts' logs; default `.sluice/logs`. */
  logs?: string;
}
