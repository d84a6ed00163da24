import type { ConsumerConfig, Kafka, PartitionAssigner } from 'kafkajs';
import type { GroupConsumerOptions } from '@sluice/kafka/driver';
import { rebalanceTimeoutMs } from '../group-member.ts';
import type { DriverOptions } from '../driver-options.ts';
import type { LogCreator } from './log.ts';
import { patchedKafkajs } from './patched.ts';

/** Named in full because kafkajs has other defaults where NODE_ENV is `test`. For calls that a caller waits for: 5 s. */
const briefly = { initialRetryTime: 100, maxRetryTime: 2_000, factor: 0.2, multiplier: 2, retries: 6 };

/**
 * About a minute. A consumer that gives up loses its member id, and its group then waits for the old member's session to
 * end; a producer that gives up does not know what was written. So both outlast the restart of a broker.
 */
export const persistently = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 60 };

/** One kafkajs client; every producer, consumer and admin made from it has its own connections. */
export function kafkajsClient(options: DriverOptions, logCreator: LogCreator, retry = briefly): Kafka {
  const kafkajs = patchedKafkajs();
  return new kafkajs.Kafka({
    brokers: options.brokers,
    clientId: options.clientId,
    connectionTimeout: options.connectTimeoutMs ?? 5_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    retry,
    logLevel: kafkajs.logLevel.INFO,
    logCreator,
  });
}

/** Kafka `fetch.max.wait.ms`. */
export function fetchMaxWaitMs(options: GroupConsumerOptions): number {
  return options.fetchMaxWaitMs ?? 250;
}

/** kafkajs's own under the name that Kafka has for it, so that members with another client can be in the group. */
const roundRobin: PartitionAssigner = (config) => ({
  ...patchedKafkajs().PartitionAssigners.roundRobin(config),
  name: 'roundrobin',
});

/** kafkajs joins again when it reads of added partitions: half of the age is for finding them, the rest for joining. */
export function consumerConfig(options: GroupConsumerOptions, metadataMaxAgeMs: number): ConsumerConfig {
  return {
    metadataMaxAge: metadataMaxAgeMs / 2,
    groupId: options.group,
    sessionTimeout: options.sessionTimeoutMs ?? 15_000,
    heartbeatInterval: options.heartbeatIntervalMs ?? 3_000,
    rebalanceTimeout: rebalanceTimeoutMs,
    minBytes: options.fetchMinBytes ?? 1,
    maxWaitTimeInMs: fetchMaxWaitMs(options),
    maxBytesPerPartition: options.maxPartitionFetchBytes ?? 1_048_576,
    allowAutoTopicCreation: false,
    partitionAssigners: [roundRobin],
    retry: persistently,
  };
}
