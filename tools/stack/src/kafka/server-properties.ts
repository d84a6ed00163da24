import type { KafkaBehindProxy } from './addresses.ts';

/** One broker that is its own KRaft controller. All addresses are `host:port`. */
export interface KafkaNode {
  id: number;
  listener: string;
  advertised: string;
  controller: string;
  proxied?: KafkaBehindProxy;
  logDir: string;
}

export const heapOptions = ['-Xms128m', '-Xmx512m'];

/** Configuration of `node` in a cluster made of `nodes`. */
export function serverProperties(node: KafkaNode, nodes: KafkaNode[]): Record<string, string> {
  const proxied = node.proxied ? [['PROXIED', node.proxied.listener, node.proxied.advertised] as const] : [];
  const listeners = [['PLAINTEXT', node.listener, node.advertised] as const, ...proxied];
  return {
    'node.id': String(node.id),
    'process.roles': 'broker,controller',
    listeners: [...listeners.map(([name, at]) => `${name}://${at}`), `CONTROLLER://${node.controller}`].join(','),
    'advertised.listeners': listeners.map(([name, , advertised]) => `${name}://${advertised}`).join(','),
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': nodes.map(({ id, controller }) => `${id}@${controller}`).join(','),
    'log.dirs': node.logDir,
    ...(nodes.length === 1 && authorizer),
    ...brokerSettings(nodes.length),
  };
}

/**
 * Every client may do everything until a test takes a right away. Controllers that have not read the ACLs yet answer super
 * users only, so that several would never agree on a leader.
 */
const authorizer = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': 'true',
};

/**
 * What doesn't depend on addresses: Kafka's own defaults, save for what a small cluster on one machine, started and killed
 * all the time, needs otherwise. Compose has the same.
 */
export function brokerSettings(brokers: number): Record<string, string> {
  const replicas = String(Math.min(3, brokers));
  const inSync = String(Math.min(2, brokers));
  return {
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,

    // A misspelt topic is an error, and not one more topic.
    'auto.create.topics.enable': 'false',
    // Of topics without a setting of their own; those of services have one.
    'log.retention.hours': '6',
    // No member is waited for: a group is complete when its first member joins.
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    // A killed broker may register again only when its last session is over: with the default it is unavailable for 13 s.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',

    'num.network.threads': '2',
    'num.io.threads': '4',
    'background.threads': '2',
    'num.recovery.threads.per.data.dir': '1',
  };
}

/** The text of a properties file. */
export function asFile(properties: Record<string, string>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

/** The variables from which the image apache/kafka makes that file. */
export function asEnvironment(properties: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [`KAFKA_${key.replaceAll('.', '_').toUpperCase()}`, value]),
  );
}
