import { silentLog } from '@sluice/core';
import type { DriverOptions, KafkaDriver } from '../port.ts';
import { readPartitions } from '../reading.ts';
import { PlatformaticAdmin } from './admin.ts';
import { PlatformaticConsumer } from './consumer.ts';
import { PlatformaticFetcher } from './fetcher.ts';
import { PlatformaticProducer } from './producer.ts';

/** The client tries a connection several times by itself; together these attempts are given this long. */
const connectAttempts = 2;

/** The port on @platformatic/kafka 2.12.1. Nothing connects before it is asked for. See docs/adr/0012. */
export function platformaticDriver(options: DriverOptions): KafkaDriver {
  const { connectTimeoutMs = 5_000, requestTimeoutMs = 30_000, log = silentLog } = options;
  const connectMs = connectAttempts * connectTimeoutMs;
  const callMs = 2 * requestTimeoutMs + 15_000;
  const admin = (): Promise<PlatformaticAdmin> => PlatformaticAdmin.connect(options, connectMs, callMs);
  return {
    admin,
    producer: (wanted) => PlatformaticProducer.connect(options, connectMs, wanted),
    consumer: (group) => new PlatformaticConsumer({ client: options, admin, log, connectMs, callMs }, group),
    read: (wanted) =>
      readPartitions(
        {
          admin,
          fetcher: (reading) => PlatformaticFetcher.connect(options, reading, { connectMs, callMs }),
          patienceMs: callMs,
        },
        wanted,
      ),
  };
}
