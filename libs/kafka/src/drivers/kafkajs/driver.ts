import { silentLog } from '@sluice/core';
import type { DriverOptions, KafkaDriver, ReadOptions } from '../port.ts';
import { readPartitions } from '../reading.ts';
import { KafkajsAdmin } from './admin.ts';
import { callTimeoutMs, kafkajsClient, persistently } from './client.ts';
import { KafkajsConsumer } from './consumer.ts';
import { KafkajsFetcher } from './fetcher.ts';
import { kafkajsLog } from './log.ts';
import { KafkajsProducer } from './producer.ts';

/** kafkajs retries a connection several times by itself; together these attempts are given this long. */
const connectAttempts = 2;

/** The port on kafkajs 2.2.4. Nothing connects before it is asked for. */
export function kafkajsDriver(options: DriverOptions): KafkaDriver {
  const connectMs = connectAttempts * (options.connectTimeoutMs ?? 5_000);
  const callMs = callTimeoutMs(options);
  const log = options.log ?? silentLog;
  const logCreator = kafkajsLog(log);
  const admin = (): Promise<KafkajsAdmin> =>
    KafkajsAdmin.connect(kafkajsClient(options, logCreator), connectMs, callMs);
  const fetcher = (wanted: ReadOptions): Promise<KafkajsFetcher> =>
    KafkajsFetcher.connect(kafkajsClient(options, logCreator), wanted, { connectMs, callMs });
  return {
    admin,
    producer: (wanted) => KafkajsProducer.connect(kafkajsClient(options, logCreator, persistently), connectMs, wanted),
    read: (wanted) => readPartitions({ admin, fetcher, patienceMs: callMs }, wanted),
    // A client each: consumers of one kafkajs client that are in the same group share, and spoil, their offsets.
    consumer: (group) => {
      const kafka = kafkajsClient(options, logCreator, persistently);
      return new KafkajsConsumer({ kafka, admin, log, connectTimeoutMs: connectMs, callTimeoutMs: callMs }, group);
    },
  };
}
