import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Part, Report } from '../part.ts';
import { processPart } from '../process-part.ts';
import type { BrokerAddress, KafkaAddresses } from './addresses.ts';
import { awaitCluster } from './cluster.ts';
import { jmxAgent, kafkaJars } from './jars.ts';
import { findJava } from './java.ts';
import { type KafkaNode, asFile, heapOptions, serverProperties } from './server-properties.ts';
import { clusterIdOf, format, newClusterId } from './storage.ts';

const READY_TIMEOUT_MS = 60_000;
const log4j = join(import.meta.dirname, 'log4j2.properties');

export interface BrokerPorts {
  broker: number;
  controller: number;
  proxied?: { listener: number; advertised: number };
  /** Where it answers Prometheus; default: nowhere. */
  metrics?: number;
}

export interface EmbeddedKafkaOptions {
  /** Kept between runs or not, as the caller likes. */
  folder: string;
  logs: string;
  /** One entry per broker. */
  brokers: BrokerPorts[];
  /** Let the JVM use its optimising compiler; default false. */
  longLived?: boolean;
  /** Ends the preparation when it's aborted. */
  signal: AbortSignal;
}

export interface EmbeddedKafka {
  addresses: KafkaAddresses;
  parts: Part[];
}

/** Fetches and formats what the brokers need. Their parts warm the cluster up before they are ready. */
export async function embeddedKafka(options: EmbeddedKafkaOptions, report: Report): Promise<EmbeddedKafka> {
  const tools = { java: await findJava(), jars: await kafkaJars(report, options.signal) };
  const nodes = options.brokers.map((ports, i) => nodeOf(i + 1, ports, options.folder));
  const clusterId = (await clusterIdOf(nodes[0]!.logDir)) ?? newClusterId();
  const brokers = nodes.map(({ id, advertised }, i) => addressOf(id, advertised, options.brokers[i]?.metrics));
  const setup = { ...options, ...tools, clusterId };
  const parts = nodes.map((node, i) => brokerPart(node, nodes, { ...setup, metrics: brokers[i]?.metrics }));
  const bootstrap = brokers.map(({ url }) => url).join(',');
  return {
    parts: await Promise.all(parts),
    addresses: { bootstrap, clusterId, brokers, behindProxy: nodes[0]?.proxied },
  };
}

type BrokerSetup = EmbeddedKafkaOptions & { java: string; jars: string; clusterId: string; metrics?: string };

async function brokerPart(node: KafkaNode, nodes: KafkaNode[], setup: BrokerSetup): Promise<Part> {
  const { folder, logs, java, jars, clusterId, longLived, metrics } = setup;
  const name = `kafka-${node.id}`;
  const propertiesFile = join(folder, `${name}.properties`);
  await mkdir(node.logDir, { recursive: true });
  await writeFile(propertiesFile, asFile(serverProperties(node, nodes)));
  if ((await clusterIdOf(node.logDir)) === undefined) await format(setup, propertiesFile);
  const agent = metrics === undefined ? [] : [jmxAgent(jars, metrics)];
  return processPart({
    name,
    command: java,
    // On its command line and in no variable: each of Kafka's own tools would start an agent on the same port.
    args: [...agent, ...jvmOptions(jars, longLived), 'kafka.Kafka', propertiesFile],
    logFile: join(logs, `${name}.log`),
    ready: (ending) => awaitCluster(node.advertised, clusterId, ending),
    readyTimeoutMs: READY_TIMEOUT_MS,
  });
}

function addressOf(id: number, url: string, metrics?: number): BrokerAddress {
  return { id, url, ...(metrics !== undefined && { metrics: local(metrics) }) };
}

function nodeOf(id: number, { broker, controller, proxied }: BrokerPorts, folder: string): KafkaNode {
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
 * `TieredStopAtLevel=1`, unless it is long-lived: no optimising compiler. A broker that lives for minutes spends more on
 * compiling than it gains, and its compiler threads take a core from what is measured on the same machine.
 */
export function jvmOptions(jars: string, longLived = false): string[] {
  return [
    ...heapOptions,
    '-XX:+UseG1GC',
    '-XX:MaxGCPauseMillis=20',
    ...(longLived ? [] : ['-XX:TieredStopAtLevel=1']),
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
