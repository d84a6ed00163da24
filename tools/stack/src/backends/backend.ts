import type { Infra } from '@sluice/kit/stack-file';
import type { KafkaAddresses } from '../kafka/addresses.ts';
import type { Part, Report } from '../part.ts';

/** A Kafka and a PostgreSQL, ready to be started or running already. */
export interface Infrastructure {
  kind: Infra;
  kafka: KafkaAddresses;
  /** The superuser's URL of the PostgreSQL server. */
  serverUrl: string;
  /**
   * `kafka-1`, `postgres`; none of what the stack doesn't run. A broker is ready when groups can join, PostgreSQL when
   * all databases exist.
   */
  parts: Part[];
}

/**
 * Fetches, makes and chooses all that the parts need; nothing runs yet. Rejects with one line for people, and when
 * `signal` is aborted. What doesn't outlive the parts is put on `cleanup`, also when it fails.
 */
export type Backend = (options: BackendOptions) => Promise<Infrastructure>;

export interface InfrastructureOptions {
  /** Default: the first of embedded and docker that this machine has. */
  infra?: Infra;
  /** Folder of data that outlives the parts. Default: throwaway data below the system's temporary folder. */
  persist?: string;
  /** Kafka on 9092 and PostgreSQL on 15432 in place of free ports. */
  fixedPorts?: boolean;
  /** Give Kafka a second listener, for clients that come through a fault proxy. */
  proxies?: boolean;
  /** Bring Prometheus up, on this port or on a free one, and let embedded brokers answer it. */
  observability?: number | true;
  /** Let Kafka's JVM use its optimising compiler, which pays for itself after minutes of load only; default false. */
  longLived?: boolean;
}

export interface BackendOptions extends InfrastructureOptions {
  /** Folder of the parts' logs. */
  logs: string;
  signal: AbortSignal;
  cleanup: AsyncDisposableStack;
  report: Report;
}
