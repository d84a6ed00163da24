import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { KafkaAddresses, Report } from '../backends/backend.ts';
import type { Part } from '../part.ts';
import { ProcessPart } from '../process-part.ts';
import { awaitCluster } from './cluster.ts';
import { kafkaJars } from './jars.ts';
import { findJava } from './java.ts';
import { type KafkaNode, asFile, serverProperties } from './server-properties.ts';
import { clusterIdOf, format, newClusterId } from './storage.ts';

const READY_TIMEOUT_MS = 60_000;
const log4j = join(import.meta.dirname, 'log4j2.properties');

export interface EmbeddedKafkaOptions {
  /** Kept between runs or not, as the caller likes. */
  folder: string;
  logs: string;
  ports: { broker: number; controller: number; proxied?: { listener: number; advertised: number } };
  /** Ends the preparation when it's aborted. */
  signal: AbortSignal;
}

export interface EmbeddedKafka {
  addresses: KafkaAddresses;
  parts: Part[];
}

/** Fetches and formats what one broker needs. Its part warms the cluster up before it's ready. */
export async function embeddedKafka(options: EmbeddedKafkaOptions, report: Report): Promise<EmbeddedKafka> {
  const [java, jars] = [await findJava(), await kafkaJars(report, options.signal)];
  const node = nodeOf(1, options);
  const propertiesFile = join(options.folder, 'kafka-1.properties');
  await mkdir(node.logDir, { recursive: true });
  await writeFile(propertiesFile, asFile(serverProperties(node, [node])));
  const formattedFor = await clusterIdOf(node.logDir);
  const clusterId = formattedFor ?? newClusterId();
  if (formattedFor === undefined) {
    await format({ java, jars, propertiesFile, clusterId, signal: options.signal });
  }
  const bootstrap = node.advertised;
  const part = new ProcessPart({
    name: `kafka-${node.id}`,
    command: java,
    args: [...jvmOptions(jars), 'kafka.Kafka', propertiesFile],
    logFile: join(options.logs, `kafka-${node.id}.log`),
    ready: async (_pid, signal) => {
      await awaitCluster(bootstrap, clusterId, signal);
    },
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
  const behindProxy = node.proxied && { advertised: node.proxied.advertised, target: node.proxied.listener };
  const brokers = [{ id: node.id, url: node.advertised }];
  return { parts: [part], addresses: { bootstrap, clusterId, brokers, behindProxy } };
}

function nodeOf(id: number, { folder, ports }: EmbeddedKafkaOptions): KafkaNode {
  const { broker, controller, proxied } = ports;
  return {
    id,
    listener: local(broker),
    advertised: local(broker),
    controller: local(controller),
    proxied: proxied && { listener: local(proxied.listener), advertised: local(proxied.advertised) },
    logDir: join(folder, `kafka-${id}`),
  };
}

/**
 * `TieredStopAtLevel=1`: no optimising compiler. A broker that lives for minutes spends more on compiling than it gains, and
 * its compiler threads take a core from whatever is measured beside it.
 */
function jvmOptions(jars: string): string[] {
  return [
    '-Xms128m',
    '-Xmx512m',
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=20',
    '-XX:TieredStopAtLevel=1',
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.awt.headless=true',
    `-Dlog4j2.configurationFile=${log4j}`,
    '-cp',
    join(jars, '*'),
  ];
}

function local(port: number): string {
  return `127.0.0.1:${port}`;
}
