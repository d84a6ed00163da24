import { join } from 'node:path';
import type { KafkaAddresses } from '../kafka/addresses.ts';
import { awaitCluster } from '../kafka/cluster.ts';
import { KAFKA_VERSION } from '../kafka/jars.ts';
import { asEnvironment, heapOptions, serverProperties } from '../kafka/server-properties.ts';
import { clusterIdOf, newClusterId } from '../kafka/storage.ts';
import type { BackendPorts } from './backend-ports.ts';
import { type ContainerPart, containerPart } from './container-part.ts';

export const KAFKA_IMAGE = `apache/kafka:${KAFKA_VERSION}`;
const READY_TIMEOUT_MS = 90_000;
const CONTROLLER = 'localhost:9093';

export interface ContainerSetup {
  /** Where the engine publishes ports. */
  host: string;
  ports: BackendPorts;
  logs: string;
  /** A folder of this machine for the data; default: inside the container. */
  mounted: string | undefined;
}

/**
 * A broker on the same port inside and outside, because what it advertises has to be right for clients outside and for
 * itself. Only variables that the image documents; giving any of them makes it drop its whole default configuration.
 */
export async function kafkaContainer({
  host,
  ports,
  logs,
  mounted,
}: ContainerSetup): Promise<ContainerPart & { addresses: KafkaAddresses }> {
  const { broker, proxied } = ports;
  const id = 1;
  const bootstrap = `${host}:${broker}`;
  const logDir = mounted === undefined ? '/tmp/kraft-combined-logs' : '/var/lib/kafka/data';
  const behindProxy = proxied && {
    advertised: `127.0.0.1:${proxied.advertised}`,
    listener: `${host}:${proxied.listener}`,
  };
  const node = {
    id,
    listener: `:${broker}`,
    advertised: bootstrap,
    controller: CONTROLLER,
    proxied: behindProxy && { ...behindProxy, listener: `:${proxied.listener}` },
    logDir,
  };
  const clusterId = (mounted && (await clusterIdOf(mounted))) || newClusterId();
  const published = proxied === undefined ? [broker] : [broker, proxied.listener];
  const container = containerPart({
    name: `kafka-${id}`,
    image: KAFKA_IMAGE,
    environment: {
      CLUSTER_ID: clusterId,
      KAFKA_HEAP_OPTS: heapOptions.join(' '),
      ...asEnvironment(serverProperties(node, [node])),
    },
    mounts: mounted === undefined ? {} : { [logDir]: mounted },
    ports: Object.fromEntries(published.map((port) => [port, port])),
    logFile: join(logs, `kafka-${id}.log`),
    ready: (signal) => awaitCluster(bootstrap, clusterId, signal),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  return { ...container, addresses: { bootstrap, clusterId, brokers: [{ id, url: bootstrap }], behindProxy } };
}
