import { silentLog } from '@sluice/core';
import { readPartitions, type KafkaDriver, type ReadOptions } from '@sluice/kafka/driver';
import { defaultMetadataMaxAgeMs, timeoutsOf } from '../connection.ts';
import type { DriverOptions } from '../driver-options.ts';
import { KafkajsAdmin } from './admin.ts';
import { kafkajsClient, persistently } from './client.ts';
import { KafkajsConsumer } from './consumer.ts';
import { KafkajsFetcher } from './fetcher.ts';
import { kafkajsLog } from './log.ts';
import { KafkajsProducer } from './producer.ts';

/** The port on kafkajs 2.2.4. Nothing connects before it is asked for. */
export function kafkajsDriver(options: DriverOptions): KafkaDriver {
  const timeouts = timeoutsOf(options);
  const { log = silentLog, metadataMaxAgeMs = defaultMetadataMaxAgeMs } = options;
  const parts = { log, timeouts, metadataMaxAgeMs };
  const logCreator = kafkajsLog(log);
  // A client each: consumers of one kafkajs client that are in the same group share, and spoil, their offsets.
  const client = () => kafkajsClient(options, logCreator);
  const persistentClient = () => kafkajsClient(options, logCreator, persistently);
  const admin = (): Promise<KafkajsAdmin> => KafkajsAdmin.connect(client(), timeouts);
  const fetcher = (wanted: ReadOptions) => KafkajsFetcher.connect(client(), wanted, timeouts);
  return {
    metadataMaxAgeMs,
    admin,
    producer: (wanted) => KafkajsProducer.connect(persistentClient(), timeouts.connectMs, wanted),
    consumer: (group) => new KafkajsConsumer({ kafka: persistentClient(), admin, ...parts }, group),
    read: (wanted) => readPartitions({ admin, fetcher, silenceMs: timeouts.callMs }, wanted),
  };
}
